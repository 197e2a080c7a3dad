-- Items to be judged first (rule 30): drawn by chance at opening, their recommendation shows after the answer.

-- What the draw was made from, 32 bytes; null where nothing is drawn. The share stands in the campaign's policy.
ALTER TABLE campaigns ADD COLUMN draw_seed BLOB;
-- 1 where the item was drawn.
ALTER TABLE items ADD COLUMN blind INTEGER NOT NULL DEFAULT 0;
