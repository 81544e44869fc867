-- The first schema. CHECKs repeat the law of core/job.py and core/ledger.py as a second lock; a test compares them.
-- Times are epoch seconds, money integer micro-credits, JSON text, flags 0 or 1. {serial} is the connector's word
-- for a growing integer key.

CREATE TABLE account (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    available   BIGINT NOT NULL DEFAULT 0 CHECK (available >= 0),
    held        BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),
    spent       BIGINT NOT NULL DEFAULT 0 CHECK (spent >= 0),
    granted     BIGINT NOT NULL DEFAULT 0 CHECK (granted >= 0),
    fair_tag    DOUBLE PRECISION NOT NULL DEFAULT 0,  -- where this account's next job starts in virtual time
    created_at  DOUBLE PRECISION NOT NULL,
    CHECK (available + held + spent = granted)
);

CREATE TABLE api_key (
    id          TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES account (id),
    name        TEXT NOT NULL,
    digest      TEXT NOT NULL UNIQUE,  -- HMAC-SHA256(pepper, key) in hex; the pepper lies outside the database
    models      TEXT,                  -- JSON list of slugs; NULL: every model
    created_at  DOUBLE PRECISION NOT NULL,
    revoked_at  DOUBLE PRECISION
);

CREATE TABLE job (
    id                   TEXT PRIMARY KEY,
    account_id           TEXT NOT NULL REFERENCES account (id),
    backend              TEXT NOT NULL,
    state                TEXT NOT NULL CHECK (state IN ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED')),
    recipe               TEXT NOT NULL,
    options              TEXT NOT NULL,
    cost_microcredits    BIGINT NOT NULL CHECK (cost_microcredits >= 0),
    prio_key             DOUBLE PRECISION NOT NULL,
    created_at           DOUBLE PRECISION NOT NULL,
    run_after            DOUBLE PRECISION NOT NULL,
    deadline_at          DOUBLE PRECISION NOT NULL,
    attempt              INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    crashes              INTEGER NOT NULL DEFAULT 0 CHECK (crashes >= 0),
    releases             INTEGER NOT NULL DEFAULT 0 CHECK (releases >= 0),
    solo                 INTEGER NOT NULL DEFAULT 0 CHECK (solo IN (0, 1)),
    started_at           DOUBLE PRECISION,
    finished_at          DOUBLE PRECISION,
    expires_at           DOUBLE PRECISION,
    lease_token          TEXT,
    lease_until          DOUBLE PRECISION,
    worker_id            TEXT,
    worker_boot          TEXT,
    cancel_requested_at  DOUBLE PRECISION,
    outcome              TEXT,
    closed_token         TEXT,  -- the last attempt that its worker ended itself, and how: repeats get the same answer
    closed_as            TEXT CHECK (closed_as IN ('complete', 'fail', 'release')),
    CHECK ((state = 'PROCESSING') = (lease_token IS NOT NULL)),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK ((lease_token IS NULL) = (worker_id IS NULL)),
    CHECK ((lease_token IS NULL) = (worker_boot IS NULL)),
    CHECK ((state IN ('COMPLETED', 'FAILED')) = (finished_at IS NOT NULL)),
    CHECK ((finished_at IS NULL) = (expires_at IS NULL)),
    CHECK ((finished_at IS NULL) = (outcome IS NULL)),
    CHECK (state <> 'PROCESSING' OR started_at IS NOT NULL),
    CHECK ((closed_token IS NULL) = (closed_as IS NULL))
);

CREATE INDEX job_queue ON job (backend, prio_key, created_at, id) WHERE state = 'QUEUED';
CREATE INDEX job_waiting ON job (account_id) WHERE state = 'QUEUED';
CREATE INDEX job_late ON job (deadline_at) WHERE state = 'QUEUED';
CREATE INDEX job_leased ON job (lease_until) WHERE state = 'PROCESSING';
CREATE INDEX job_expiry ON job (expires_at) WHERE finished_at IS NOT NULL;

-- What stays of a job when it is forgotten.
CREATE TABLE history (
    request_id         TEXT PRIMARY KEY,
    account_id         TEXT NOT NULL,
    model              TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('COMPLETED', 'FAILED')),
    code               TEXT,
    cost_microcredits  BIGINT NOT NULL,
    attempt            INTEGER NOT NULL,
    crashes            INTEGER NOT NULL,
    created_at         DOUBLE PRECISION NOT NULL,
    started_at         DOUBLE PRECISION,
    finished_at        DOUBLE PRECISION NOT NULL,
    CHECK ((state = 'FAILED') = (code IS NOT NULL))
);

CREATE INDEX history_account ON history (account_id, created_at);

CREATE TABLE ledger (
    seq         {serial},
    account_id  TEXT NOT NULL REFERENCES account (id),
    request_id  TEXT,
    kind        TEXT NOT NULL CHECK (kind IN ('grant', 'reserve', 'settle', 'release')),
    amount      BIGINT NOT NULL CHECK (kind = 'grant' OR amount >= 0),
    at          DOUBLE PRECISION NOT NULL,
    reason      TEXT NOT NULL DEFAULT '',
    UNIQUE (request_id, kind),
    CHECK ((kind = 'grant') = (request_id IS NULL))
);

CREATE TABLE idempotency (
    account_id   TEXT NOT NULL REFERENCES account (id),
    key          TEXT NOT NULL,
    fingerprint  TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    created_at   DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account_id, key)
);

CREATE INDEX idempotency_age ON idempotency (created_at);

-- One row: the fair queue's virtual time, the tag of the newest job that went to a worker.
CREATE TABLE fair_clock (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    virtual_time  DOUBLE PRECISION NOT NULL
);

INSERT INTO fair_clock (one, virtual_time) VALUES (1, 0);
