-- Every week, what was recommended, what was decided, and what the sources then show.

CREATE TABLE reconciliations (
    id BLOB NOT NULL PRIMARY KEY,
    -- What it speaks of: from here, until before there. Microseconds UTC.
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    -- Who asked; null where a week had ended.
    by_user BLOB REFERENCES users (id),
    -- Of the body.
    sha256 BLOB NOT NULL,
    -- Canonical JSON (review::reconcile::Document).
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX reconciliations_weekly ON reconciliations (until_at) WHERE by_user IS NULL;

-- What somebody should look at, in the report's order.
CREATE TABLE reconciliation_lines (
    report_id BLOB NOT NULL REFERENCES reconciliations (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- Null of access that no campaign asked about.
    campaign_id BLOB REFERENCES campaigns (id),
    item_id BLOB REFERENCES items (id),
    grant_id BLOB NOT NULL REFERENCES grants (id),
    -- Null where nothing was recommended, or it was hidden when the report was made.
    recommended TEXT,
    decided TEXT,
    since INTEGER NOT NULL,
    PRIMARY KEY (report_id, number)
) STRICT;
CREATE INDEX reconciliation_lines_by_campaign ON reconciliation_lines (report_id, campaign_id, number);

-- Who has opened which report.
CREATE TABLE reconciliation_readers (
    report_id BLOB NOT NULL REFERENCES reconciliations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    first_read_at INTEGER NOT NULL,
    PRIMARY KEY (report_id, user_id)
) STRICT;

-- Grants by the reading that first showed them, and by the first that no longer did.
CREATE INDEX grants_begun ON grants (source_id, valid_from);
CREATE INDEX grants_ended ON grants (source_id, valid_until) WHERE valid_until IS NOT NULL;
