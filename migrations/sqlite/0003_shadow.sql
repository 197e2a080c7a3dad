-- Shadow mode: recommendations that are made, and shown to nobody until the campaign's owner accepts the report about them.

-- shown or hidden.
ALTER TABLE campaigns ADD COLUMN recommendations TEXT NOT NULL DEFAULT 'shown';

-- The reports that were accepted, as they were accepted.
CREATE TABLE shadow_reports (
    campaign_id BLOB NOT NULL PRIMARY KEY REFERENCES campaigns (id),
    accepted_at INTEGER NOT NULL,
    accepted_by BLOB NOT NULL REFERENCES users (id),
    -- Of the body.
    sha256 BLOB NOT NULL,
    -- Canonical JSON (review::shadow::Report).
    body TEXT NOT NULL
) STRICT;

-- Who has read the report of a campaign while its recommendations were hidden: what they answer afterwards is not given blind.
CREATE TABLE shadow_readers (
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    first_read_at INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, user_id)
) STRICT;
