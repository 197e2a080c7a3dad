-- Whether nobody asked for this training: enough new answers had come (1), or somebody did (0). The promise is then that of the
-- model before it, which trained_by chose.
ALTER TABLE models ADD COLUMN by_itself INTEGER NOT NULL DEFAULT 0;
