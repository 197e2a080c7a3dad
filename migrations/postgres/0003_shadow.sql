-- Shadow mode: recommendations that are made, and shown to nobody until the campaign's owner accepts the report about them.

-- shown or hidden.
ALTER TABLE campaigns ADD COLUMN recommendations TEXT COLLATE "C" NOT NULL DEFAULT 'shown';

-- The reports that were accepted, as they were accepted.
CREATE TABLE shadow_reports (
    campaign_id UUID NOT NULL PRIMARY KEY REFERENCES campaigns (id),
    accepted_at BIGINT NOT NULL,
    accepted_by UUID NOT NULL REFERENCES users (id),
    -- Of the body.
    sha256 BYTEA NOT NULL,
    -- Canonical JSON (review::shadow::Report).
    body TEXT COLLATE "C" NOT NULL
);

-- Who has read the report of a campaign while its recommendations were hidden: what they answer afterwards is not given blind.
CREATE TABLE shadow_readers (
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    user_id UUID NOT NULL REFERENCES users (id),
    first_read_at BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, user_id)
);
