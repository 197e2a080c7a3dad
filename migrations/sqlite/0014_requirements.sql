-- What people must have to hold what they hold (a training, a licence, a clearance, a contract) and until when they have it, as a
-- source delivers it.
CREATE TABLE requirements (
    id BLOB NOT NULL PRIMARY KEY,
    source_id BLOB NOT NULL REFERENCES sources (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    entitlement_id BLOB NOT NULL REFERENCES entitlements (id),
    kind TEXT NOT NULL,
    expires INTEGER NOT NULL,
    digest BLOB NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_until INTEGER
) STRICT;
CREATE INDEX requirements_by_source ON requirements (source_id, valid_from);
