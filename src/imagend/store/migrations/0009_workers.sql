-- Workers anywhere: which claim brought a lease, what losses of workers tell of jobs and of models.

ALTER TABLE job ADD COLUMN claim_id TEXT;        -- that brought the newest lease: said again, it gets the same answer
ALTER TABLE job ADD COLUMN claim_number BIGINT;  -- its number in its worker; NULL: the worker does not number them
ALTER TABLE job ADD COLUMN lost_workers TEXT NOT NULL DEFAULT '';  -- ids of workers that were lost with it, each with a space

CREATE INDEX job_of_worker ON job (worker_id) WHERE state = 'PROCESSING';

-- Losses of workers by model, kept as long as the breaker counts them. Ids are of processes: each is lost once.
CREATE TABLE worker_loss (
    backend    TEXT NOT NULL,
    worker_id  TEXT NOT NULL,
    at         DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (backend, worker_id)
);

-- Models that lose too many workers. No row: all is well.
CREATE TABLE breaker (
    backend    TEXT PRIMARY KEY,
    opened_at  DOUBLE PRECISION NOT NULL,
    trial_id   TEXT  -- the job that is to show whether all is well again
);

-- Jobs that were given up because workers were lost with them, for the operator.
CREATE TABLE quarantine (
    request_id  TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL,
    model       TEXT NOT NULL,
    backend     TEXT NOT NULL,
    recipe      TEXT NOT NULL,
    workers     TEXT NOT NULL,
    error       TEXT NOT NULL,
    attempt     INTEGER NOT NULL,
    crashes     INTEGER NOT NULL,
    created_at  DOUBLE PRECISION NOT NULL,
    given_up_at DOUBLE PRECISION NOT NULL
);

CREATE INDEX quarantine_age ON quarantine (given_up_at, request_id);
