-- In which time zone a person reads (IANA names): what they chose, and what their provider told at the last sign-in. Where there is
-- neither, the installation's holds.
ALTER TABLE users ADD COLUMN zone_chosen TEXT;
ALTER TABLE users ADD COLUMN zone_told TEXT;
