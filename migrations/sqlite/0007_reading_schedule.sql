-- How often a source is read by itself, in microseconds; NULL where only people ask for readings.
ALTER TABLE sources ADD COLUMN read_every INTEGER;
