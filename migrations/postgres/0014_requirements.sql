-- What people must have to hold what they hold (a training, a licence, a clearance, a contract) and until when they have it, as a
-- source delivers it.
CREATE TABLE requirements (
    id UUID NOT NULL PRIMARY KEY,
    source_id UUID NOT NULL REFERENCES sources (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    entitlement_id UUID NOT NULL REFERENCES entitlements (id),
    kind TEXT COLLATE "C" NOT NULL,
    expires BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT
);
CREATE INDEX requirements_by_source ON requirements (source_id, valid_from);
