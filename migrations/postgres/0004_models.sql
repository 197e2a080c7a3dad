-- Learned models: artifacts, what each learned from, and which was in force when.

-- Artifacts are kept for good: a recommendation that was made with one can be made again.
CREATE TABLE models (
    -- Of the artifact.
    sha256 BYTEA NOT NULL PRIMARY KEY,
    -- The bytes that learn::Artifact writes: header with model card, numbers.
    artifact BYTEA NOT NULL,
    -- A signed note over the hash, by the key that signs checkpoints.
    note TEXT COLLATE "C" NOT NULL,
    trained_at BIGINT NOT NULL,
    trained_by UUID NOT NULL REFERENCES users (id)
);
CREATE INDEX models_by_time ON models (trained_at, sha256);

-- The decisions that a model knows: what it is compared with are the others.
CREATE TABLE model_decisions (
    model_sha256 BYTEA NOT NULL REFERENCES models (sha256),
    decision_id UUID NOT NULL REFERENCES decisions (id),
    -- learned: it was trained on it; promised: its promise was set on it.
    part TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (model_sha256, decision_id)
);

-- What was in force since when, and why. The last one is in force; before the first the stated weights are.
CREATE TABLE model_terms (
    number BIGINT NOT NULL PRIMARY KEY,
    -- Null: the stated weights and no model.
    model_sha256 BYTEA REFERENCES models (sha256),
    since BIGINT NOT NULL,
    begun_by UUID NOT NULL REFERENCES users (id),
    -- promoted or rolled_back.
    act TEXT COLLATE "C" NOT NULL,
    -- The comparison with people's answers that was accepted, as it was accepted; null where a model was put back.
    report_sha256 BYTEA,
    report TEXT COLLATE "C"
);

-- The model that was asked; null where none was in force, or a named rule decided.
ALTER TABLE recommendations ADD COLUMN model_sha256 BYTEA REFERENCES models (sha256);
