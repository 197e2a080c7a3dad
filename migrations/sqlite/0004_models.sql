-- Learned models: artifacts, what each learned from, and which was in force when.

-- Artifacts are kept for good: a recommendation that was made with one can be made again.
CREATE TABLE models (
    -- Of the artifact.
    sha256 BLOB NOT NULL PRIMARY KEY,
    -- The bytes that learn::Artifact writes: header with model card, numbers.
    artifact BLOB NOT NULL,
    -- A signed note over the hash, by the key that signs checkpoints.
    note TEXT NOT NULL,
    trained_at INTEGER NOT NULL,
    trained_by BLOB NOT NULL REFERENCES users (id)
) STRICT;
CREATE INDEX models_by_time ON models (trained_at, sha256);

-- The decisions that a model knows: what it is compared with are the others.
CREATE TABLE model_decisions (
    model_sha256 BLOB NOT NULL REFERENCES models (sha256),
    decision_id BLOB NOT NULL REFERENCES decisions (id),
    -- learned: it was trained on it; promised: its promise was set on it.
    part TEXT NOT NULL,
    PRIMARY KEY (model_sha256, decision_id)
) STRICT;

-- What was in force since when, and why. The last one is in force; before the first the stated weights are.
CREATE TABLE model_terms (
    number INTEGER NOT NULL PRIMARY KEY,
    -- Null: the stated weights and no model.
    model_sha256 BLOB REFERENCES models (sha256),
    since INTEGER NOT NULL,
    begun_by BLOB NOT NULL REFERENCES users (id),
    -- promoted or rolled_back.
    act TEXT NOT NULL,
    -- The comparison with people's answers that was accepted, as it was accepted; null where a model was put back.
    report_sha256 BLOB,
    report TEXT
) STRICT;

-- The model that was asked; null where none was in force, or a named rule decided.
ALTER TABLE recommendations ADD COLUMN model_sha256 BLOB REFERENCES models (sha256);
