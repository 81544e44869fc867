-- Who is told when a request is final, what they are still to be told, and how telling them went.

CREATE TABLE webhook (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES account (id),
    url          TEXT NOT NULL,
    event_types  TEXT NOT NULL,     -- JSON list, as the account asked
    fires        INTEGER NOT NULL CHECK (fires IN (0, 1)),  -- whether a final request is one of these events
    created_at   DOUBLE PRECISION NOT NULL,
    disabled_at  DOUBLE PRECISION,
    disabled_as  TEXT CHECK (disabled_as IN ('deleted', 'gone', 'failing')),
    CHECK ((disabled_at IS NULL) = (disabled_as IS NULL))
);

CREATE INDEX webhook_account ON webhook (account_id);
CREATE INDEX webhook_fires ON webhook (account_id) WHERE fires = 1 AND disabled_at IS NULL;

-- Signing secrets, sealed with a key outside the database. `owner` is a webhook, or an account for the URLs that come
-- with single requests.
CREATE TABLE webhook_secret (
    id          TEXT PRIMARY KEY,
    owner       TEXT NOT NULL,
    sealed      TEXT NOT NULL,
    created_at  DOUBLE PRECISION NOT NULL,
    retires_at  DOUBLE PRECISION    -- rotated: signs until then
);

CREATE INDEX webhook_secret_owner ON webhook_secret (owner);

-- The outbox: written in the transaction that makes a job final.
CREATE TABLE webhook_delivery (
    id           TEXT PRIMARY KEY,
    message_id   TEXT NOT NULL,     -- the webhook-id header: the same at every attempt and to every receiver
    account_id   TEXT NOT NULL REFERENCES account (id),
    event        TEXT NOT NULL,
    request_id   TEXT,              -- NULL: a test message
    webhook_id   TEXT REFERENCES webhook (id),
    url          TEXT,              -- of the request; NULL: the webhook's
    target       TEXT NOT NULL,     -- attempts to one target share limits and breaker; an account has few of them
    summary      TEXT NOT NULL,     -- JSON: what stays to be told when the result is forgotten
    created_at   DOUBLE PRECISION NOT NULL,
    state        TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    tries        INTEGER NOT NULL DEFAULT 0,
    due_at       DOUBLE PRECISION NOT NULL,  -- while an attempt runs: when its lease ends
    lease_token  TEXT,
    finished_at  DOUBLE PRECISION,
    CHECK ((webhook_id IS NULL) = (url IS NOT NULL)),
    CHECK ((state = 'waiting') = (finished_at IS NULL)),
    CHECK (lease_token IS NULL OR state = 'waiting')
);

CREATE INDEX webhook_delivery_due ON webhook_delivery (target, due_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_leased ON webhook_delivery (account_id, target) WHERE lease_token IS NOT NULL;
CREATE INDEX webhook_delivery_of ON webhook_delivery (webhook_id, created_at);
CREATE INDEX webhook_delivery_age ON webhook_delivery (finished_at) WHERE finished_at IS NOT NULL;

-- One row per attempt. Nothing of what the receiver answered beyond its status is kept.
CREATE TABLE webhook_attempt (
    seq              {serial},
    delivery_id      TEXT NOT NULL,
    number           INTEGER NOT NULL,
    at               DOUBLE PRECISION NOT NULL,
    status           INTEGER,       -- HTTP; NULL: no answer
    latency_seconds  DOUBLE PRECISION NOT NULL,
    error            TEXT           -- class of what went wrong; NULL: delivered
);

CREATE INDEX webhook_attempt_of ON webhook_attempt (delivery_id, seq);

CREATE VIEW webhook_log AS
SELECT attempt.*, delivery.account_id, delivery.message_id, delivery.event, delivery.request_id, delivery.webhook_id,
       delivery.state, delivery.due_at, delivery.lease_token
FROM webhook_attempt AS attempt JOIN webhook_delivery AS delivery ON delivery.id = attempt.delivery_id;

-- Targets whose last attempt failed. The first success removes the row.
CREATE TABLE webhook_failing (
    target         TEXT PRIMARY KEY,
    failures       INTEGER NOT NULL,          -- in a row
    failing_since  DOUBLE PRECISION NOT NULL,
    paused_until   DOUBLE PRECISION NOT NULL DEFAULT 0
);
