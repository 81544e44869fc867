-- What several gateways on one database share. Everything here may be lost without losing a request: rows are kept for
-- minutes, and what they tell is heard again.

-- Workers that were heard of lately, whichever gateway they speak to.
CREATE TABLE worker (
    id               TEXT PRIMARY KEY,
    backends         TEXT NOT NULL,             -- JSON list
    gateway          TEXT NOT NULL,             -- that heard of it last
    version          TEXT NOT NULL DEFAULT '',
    state            TEXT NOT NULL DEFAULT 'working' CHECK (state IN ('working', 'draining')),
    capacity         INTEGER NOT NULL DEFAULT 0,  -- the most jobs that it has asked for at once
    first_heard_at   DOUBLE PRECISION NOT NULL,
    heard_at         DOUBLE PRECISION NOT NULL
);

CREATE INDEX worker_heard ON worker (heard_at);

-- Token buckets of keys; gateways take tokens in blocks.
CREATE TABLE rate_bucket (
    key_id      TEXT PRIMARY KEY,
    tokens      DOUBLE PRECISION NOT NULL CHECK (tokens >= 0),
    updated_at  DOUBLE PRECISION NOT NULL
);

CREATE INDEX rate_bucket_age ON rate_bucket (updated_at);

-- Tries of requests that clients' libraries repeat by themselves; written with the job that they made or joined.
CREATE TABLE request_try (
    id          TEXT PRIMARY KEY,
    print       TEXT NOT NULL,               -- key and fingerprint
    number      INTEGER NOT NULL,            -- 0 for the first
    request_id  TEXT NOT NULL,
    at          DOUBLE PRECISION NOT NULL,
    taken       INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1))  -- by a later try, or ended with its caller
);

CREATE INDEX request_try_print ON request_try (print, number, at) WHERE taken = 0;
CREATE INDEX request_try_age ON request_try (at);

-- Pictures of running denoisings that somebody watches, for the other gateways.
CREATE TABLE preview (
    request_id  TEXT NOT NULL,
    moment      BIGINT NOT NULL,             -- event id
    done        INTEGER NOT NULL,
    total       INTEGER NOT NULL,
    at          DOUBLE PRECISION NOT NULL,
    media_type  TEXT NOT NULL,
    data        BYTEA NOT NULL,
    PRIMARY KEY (request_id, moment)
);

CREATE INDEX preview_age ON preview (at);

-- HMACs of a constant under each secret that all gateways share: whoever has other secrets is refused.
CREATE TABLE secret_print (
    name   TEXT PRIMARY KEY,
    print  TEXT NOT NULL
);

-- Chores that one gateway at a time does: whose turn it is, and until when.
CREATE TABLE chore (
    name        TEXT PRIMARY KEY,
    gateway     TEXT NOT NULL,
    until       DOUBLE PRECISION NOT NULL
);
