-- How well recommendations hold: counts of what went into them, measurements, and alerts.

-- What was recommended on which facts, counted once for each campaign: a recommendation never changes.
CREATE TABLE quality_inputs (
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    -- What made the recommendations.
    version TEXT NOT NULL,
    -- Weeks since the one that began on Monday 5 January 1970, UTC.
    week INTEGER NOT NULL,
    -- A fact, or "recommended"; and the bucket or the verdict.
    input TEXT NOT NULL,
    bucket TEXT NOT NULL,
    cases INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, version, week, input, bucket)
) STRICT;

-- How many items of a campaign those counts cover: where there are more, it is counted again.
CREATE TABLE quality_counted (
    campaign_id BLOB NOT NULL PRIMARY KEY REFERENCES campaigns (id),
    items INTEGER NOT NULL
) STRICT;

CREATE TABLE quality_measurements (
    id BLOB NOT NULL PRIMARY KEY,
    measured_at INTEGER NOT NULL,
    -- Who asked; null where it was due.
    by_user BLOB REFERENCES users (id),
    -- Of the body.
    sha256 BLOB NOT NULL,
    -- Canonical JSON (review::quality::Document).
    body TEXT NOT NULL
) STRICT;
CREATE INDEX quality_measurements_by_time ON quality_measurements (measured_at, id);

-- A figure that left its band: once, until it is back.
CREATE TABLE quality_alerts (
    id BLOB NOT NULL PRIMARY KEY,
    -- Empty of all versions.
    version TEXT NOT NULL,
    figure TEXT NOT NULL,
    -- The cause or the fact; empty of all.
    part TEXT NOT NULL,
    -- As measured when it left: in parts of 10,000.
    value INTEGER NOT NULL,
    band INTEGER NOT NULL,
    cases INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- within, or not_measured where nothing can be said of it any more.
    ended_because TEXT
) STRICT;
CREATE UNIQUE INDEX quality_alerts_open ON quality_alerts (version, figure, part) WHERE ended_at IS NULL;
CREATE INDEX quality_alerts_ended ON quality_alerts (ended_at, id);

-- What came of a removal: access that is there again names the order.
CREATE INDEX findings_by_order ON findings (order_id, kind);
-- Removals by when they were proven.
CREATE INDEX orders_proven ON orders (proven_at) WHERE proven_at IS NOT NULL;
-- Answers by when they were given.
CREATE INDEX decisions_by_time ON decisions (decided_at);
