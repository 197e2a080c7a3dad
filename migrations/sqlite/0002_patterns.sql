-- What the grants of a source have in common: candidate roles, and grants that look out of place. The newest only.

CREATE TABLE patterns (
    source_id BLOB NOT NULL PRIMARY KEY REFERENCES sources (id),
    seq INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
