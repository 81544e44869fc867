-- The hour (epoch seconds / 3600) in which a final job expires; 0 until it is final. Where a table can be kept in
-- pieces, those of one hour lie together and are dropped, not deleted.
ALTER TABLE job ADD COLUMN expiry_hour INTEGER NOT NULL DEFAULT 0;
