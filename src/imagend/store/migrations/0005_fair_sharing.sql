-- Turns are counted in predicted seconds of compute, no longer in megapixel-steps: nobody keeps a debt in the old unit.

ALTER TABLE job ADD COLUMN predicted_seconds DOUBLE PRECISION NOT NULL DEFAULT 0 CHECK (predicted_seconds >= 0);

ALTER TABLE account ADD COLUMN fair_weight DOUBLE PRECISION NOT NULL DEFAULT 1 CHECK (fair_weight > 0);

UPDATE account SET fair_tag = (SELECT virtual_time FROM fair_clock);
