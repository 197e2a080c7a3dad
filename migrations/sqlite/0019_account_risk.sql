-- How likely an account is in somebody else's hands, as its platform sees it, and since when. NULL is not told.
ALTER TABLE account_versions ADD COLUMN risk TEXT;
ALTER TABLE account_versions ADD COLUMN risk_since INTEGER;
