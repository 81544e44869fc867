-- Keys with scopes, an end and terms of their own; who ordered a job; refunds; what each day was used for.

ALTER TABLE account ADD COLUMN disabled_at DOUBLE PRECISION;
ALTER TABLE account ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';  -- JSON: the limits that differ from the server's

ALTER TABLE api_key ADD COLUMN scopes TEXT NOT NULL DEFAULT 'generate read';  -- words of desk/keys.py
ALTER TABLE api_key ADD COLUMN expires_at DOUBLE PRECISION;
ALTER TABLE api_key ADD COLUMN last_used_at DOUBLE PRECISION;  -- to the hour
ALTER TABLE api_key ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';  -- JSON: limits and exceptions of this key

CREATE INDEX api_key_account ON api_key (account_id, created_at);

-- No foreign key: open mode's key has no row.
ALTER TABLE job ADD COLUMN key_id TEXT;
ALTER TABLE history ADD COLUMN key_id TEXT;

CREATE INDEX job_open_of_account ON job (account_id) WHERE finished_at IS NULL;
CREATE INDEX job_open_of_key ON job (key_id) WHERE finished_at IS NULL;

-- The ledger anew: a request may be refunded several times, an operator's entry may bear a reference that makes it
-- repeatable, and each entry can name who made it.
CREATE TABLE ledger_with_refunds (
    seq         {serial},
    account_id  TEXT NOT NULL REFERENCES account (id),
    request_id  TEXT,
    kind        TEXT NOT NULL CHECK (kind IN ('grant', 'reserve', 'settle', 'release', 'refund')),
    amount      BIGINT NOT NULL CHECK (kind = 'grant' OR amount >= 0),
    at          DOUBLE PRECISION NOT NULL,
    reason      TEXT NOT NULL DEFAULT '',
    actor       TEXT NOT NULL DEFAULT '',  -- the key of an operator, or the command line
    reference   TEXT,                      -- an operator's own number of a grant or refund: happens once
    CHECK ((kind = 'grant') = (request_id IS NULL)),
    CHECK (reference IS NULL OR kind IN ('grant', 'refund'))
);

INSERT INTO ledger_with_refunds (account_id, request_id, kind, amount, at, reason)
SELECT account_id, request_id, kind, amount, at, reason FROM ledger ORDER BY seq;

DROP TABLE ledger;
ALTER TABLE ledger_with_refunds RENAME TO ledger;

CREATE UNIQUE INDEX ledger_once ON ledger (request_id, kind) WHERE kind IN ('reserve', 'settle', 'release');
CREATE UNIQUE INDEX ledger_reference ON ledger (account_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX ledger_refunds ON ledger (request_id) WHERE kind = 'refund';
CREATE INDEX ledger_account ON ledger (account_id, seq);

-- Sums of jobs by the day they were ordered (days since 1970-01-01, UTC), kept in the transactions that move the
-- jobs' money: the daily cap is read from here, and the usage export costs nothing however long the ledger is.
CREATE TABLE usage_day (
    account_id  TEXT NOT NULL REFERENCES account (id),
    day         INTEGER NOT NULL,
    key_id      TEXT NOT NULL,  -- '' for requests from before keys were noted
    model       TEXT NOT NULL,
    requests    BIGINT NOT NULL DEFAULT 0,
    completed   BIGINT NOT NULL DEFAULT 0 CHECK (completed >= 0),
    failed      BIGINT NOT NULL DEFAULT 0 CHECK (failed >= 0),
    pictures    BIGINT NOT NULL DEFAULT 0 CHECK (pictures >= 0),
    held        BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),       -- of jobs that are not final
    spent       BIGINT NOT NULL DEFAULT 0 CHECK (spent >= 0),      -- of completed jobs, before refunds
    refunded    BIGINT NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    PRIMARY KEY (account_id, day, key_id, model),
    CHECK (completed + failed <= requests),
    CHECK (refunded <= spent)
);

CREATE INDEX usage_day_of_all ON usage_day (day);
