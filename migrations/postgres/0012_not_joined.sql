-- Why an account stands by itself although somebody in another source may be the same person; null where nothing speaks for
-- that, or they are joined. As the last reading of its source found it.
ALTER TABLE accounts ADD COLUMN not_joined TEXT COLLATE "C";
CREATE INDEX accounts_not_joined ON accounts (source_id) WHERE not_joined IS NOT NULL;
