-- Small pictures lie here instead of in a file or an object: one fsync less, and gone with one statement.
-- SQLite stores what it is given; PostgreSQL wants the type.

CREATE TABLE inline_file (
    key         TEXT PRIMARY KEY,
    request_id  TEXT NOT NULL,
    data        BYTEA NOT NULL
);

CREATE INDEX inline_file_request ON inline_file (request_id);
