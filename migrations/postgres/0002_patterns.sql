-- What the grants of a source have in common: candidate roles, and grants that look out of place. The newest only.

CREATE TABLE patterns (
    source_id UUID NOT NULL PRIMARY KEY REFERENCES sources (id),
    seq BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL
);
