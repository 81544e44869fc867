-- For operators. A write of this one row proves that the database takes writes.

CREATE TABLE readiness_probe (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    touched_at  DOUBLE PRECISION NOT NULL
);

INSERT INTO readiness_probe (one, touched_at) VALUES (1, 0);
