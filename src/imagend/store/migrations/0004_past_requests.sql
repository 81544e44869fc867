-- What callers may look up when the job itself is forgotten: one row per request, until its own retention ends.
-- `outputs` pictures are shown as so many rows; `ordinal` is what the join multiplies by.

CREATE TABLE past_request (
    request_id         TEXT PRIMARY KEY,
    account_id         TEXT NOT NULL REFERENCES account (id),
    model              TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('COMPLETED', 'FAILED')),
    recipe             TEXT NOT NULL,
    outcome            TEXT NOT NULL,
    outputs            INTEGER NOT NULL CHECK (outputs >= 1),
    paid_microcredits  BIGINT NOT NULL CHECK (paid_microcredits >= 0),
    created_at         DOUBLE PRECISION NOT NULL,
    started_at         DOUBLE PRECISION,
    finished_at        DOUBLE PRECISION NOT NULL,
    files_kept         INTEGER NOT NULL DEFAULT 1 CHECK (files_kept IN (0, 1))
);

CREATE INDEX past_request_account ON past_request (account_id, created_at);
CREATE INDEX past_request_files ON past_request (finished_at) WHERE files_kept = 1;
CREATE INDEX past_request_age ON past_request (finished_at);

ALTER TABLE job ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN outputs INTEGER NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN paid_microcredits BIGINT NOT NULL DEFAULT 0;
CREATE INDEX job_account ON job (account_id, created_at);

CREATE TABLE ordinal (n INTEGER PRIMARY KEY);
INSERT INTO ordinal (n) VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
