-- For operators. A write of this one row proves that the database takes writes.

CREATE TABLE readiness_probe (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    touched_at  DOUBLE PRECISION NOT NULL
);

INSERT INTO readiness_probe (one, touched_at) VALUES (1, 0);

-- An account whose books are wrong may not order until an operator lets it.
ALTER TABLE account ADD COLUMN frozen_at DOUBLE PRECISION;

-- How far the books are checked. `seen_seq`: the newest entry at the last check; what is at or before it can no longer
-- be written by a transaction that was slow. Requests and entries are looked through again and again, some at a time.
CREATE TABLE reconciliation (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    finished_at    DOUBLE PRECISION,
    seen_seq       BIGINT NOT NULL DEFAULT 0,
    head_seq       BIGINT NOT NULL DEFAULT 0,  -- sums of `head` hold the entries up to here
    again_seq      BIGINT NOT NULL DEFAULT 0,  -- those of `again`, which are drawn up anew from the first entry
    after_job      TEXT NOT NULL DEFAULT '',
    after_history  TEXT NOT NULL DEFAULT ''
);

INSERT INTO reconciliation (one) VALUES (1);

CREATE TABLE ledger_sums (
    pass        TEXT NOT NULL CHECK (pass IN ('head', 'again')),
    account_id  TEXT NOT NULL,
    granted     BIGINT NOT NULL,
    reserved    BIGINT NOT NULL,
    settled     BIGINT NOT NULL,
    returned    BIGINT NOT NULL,  -- of reserves: released, or not needed by a settle
    refunded    BIGINT NOT NULL,
    PRIMARY KEY (pass, account_id)
);

-- What was found wrong. An operator who lets the account order again accepts it; it does not freeze twice.
CREATE TABLE ledger_violation (
    id           TEXT PRIMARY KEY,
    invariant    TEXT NOT NULL,
    account_id   TEXT,
    finding      TEXT NOT NULL,
    found_at     DOUBLE PRECISION NOT NULL,
    accepted_at  DOUBLE PRECISION
);
