-- Figures of fairness, and their signed reviews.

CREATE TABLE fairness_measurements (
    id BLOB NOT NULL PRIMARY KEY,
    measured_at INTEGER NOT NULL,
    -- Of the body.
    sha256 BLOB NOT NULL,
    -- Canonical JSON (review::fairness::Document).
    body TEXT NOT NULL
) STRICT;
CREATE INDEX fairness_measurements_by_time ON fairness_measurements (measured_at, id);

-- Somebody read the figures, and signed what they concluded. The words stand in texts, beside the entry that commits to them.
CREATE TABLE fairness_reviews (
    id BLOB NOT NULL PRIMARY KEY,
    reviewed_at INTEGER NOT NULL,
    by_user BLOB NOT NULL REFERENCES users (id),
    -- Of the figures: fairness_measurements.sha256.
    figures_sha256 BLOB NOT NULL,
    measured_at INTEGER NOT NULL,
    entry_id BLOB NOT NULL
) STRICT;
CREATE INDEX fairness_reviews_by_time ON fairness_reviews (reviewed_at, id);
