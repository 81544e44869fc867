-- How far running jobs are, written with their heartbeats where there are several gateways: for those that hear no hints.

CREATE TABLE progress (
    request_id  TEXT PRIMARY KEY,
    tries       INTEGER NOT NULL,
    done        INTEGER NOT NULL,  -- evaluations
    total       INTEGER NOT NULL,
    at          DOUBLE PRECISION NOT NULL
);

CREATE INDEX progress_age ON progress (at);
