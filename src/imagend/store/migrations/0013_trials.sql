-- Grows with whatever happens to a breaker: who begins a trial says which state of things it is for.

ALTER TABLE breaker ADD COLUMN trials BIGINT NOT NULL DEFAULT 0;
