"""The statements of queries*.sql in the words of PostgreSQL and psycopg."""

from __future__ import annotations

import re

from imagend.store.migrate import named_queries

SERIAL = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
#: An order's money and a job's moves change no key: who only refers to the row need not wait.
WORDS = {
    "skip_locked": "FOR NO KEY UPDATE SKIP LOCKED",
    "lock_row": "FOR NO KEY UPDATE",
    "lock_name": "pg_advisory_xact_lock(hashtextextended(:name, 0))",
    "try_lock_name": "pg_try_advisory_xact_lock(hashtextextended(:name, 0))",
}

_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_PLACE = re.compile(r"(?<![:\w]):([a-z]\w*)")


def to_psycopg(statement: str) -> str:
    """`:name` becomes `%(name)s`; casts (`::text`) and strings like ':' stay; a literal % is doubled."""
    return _PLACE.sub(r"%(\1)s", _COMMENT.sub("", statement).replace("%", "%%")).strip()


def postgres_queries() -> dict[str, str]:
    """{name: statement} for psycopg."""
    return {name: to_psycopg(statement) for name, statement in named_queries("postgres", WORDS).items()}
