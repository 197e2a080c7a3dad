-- How, where and for how much of the week somebody is employed, as a source says it: for figures of fairness, and for nothing
-- else. NULL is not stated.
ALTER TABLE account_versions ADD COLUMN employment_type TEXT;
ALTER TABLE account_versions ADD COLUMN site TEXT;
ALTER TABLE account_versions ADD COLUMN working_time TEXT;
