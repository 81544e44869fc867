"""PostgreSQL's own programs for backups: `pg_dump` writes one snapshot, `pg_restore` reads it into an empty database.

Both run as imagend's own role, on which row-level security is forced: it sees rows only in the house's transactions. So
the programs' sessions say that they are the house's, and both leave row-level security on.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from imagend.core.errors import BadSetting
from imagend.settings import Settings, child_environment
from imagend.wiring.servers import postgres_server

#: What libpq reads from the environment, where other users cannot see the password.
_NAMES = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
}  # fmt: skip
_HOUSE = "-c imagend.house=on"


def dump(settings: Settings, target: Path) -> None:
    """All rows of one moment, readable by `load`. Raises BadSetting without pg_dump, or with one that is too old."""
    _run(settings, "pg_dump", ["--format=custom", "--no-owner", "--enable-row-security", f"--file={target}"])


def load(settings: Settings, source: Path) -> None:
    """Into a database without imagend's tables, whole or not at all. Raises BadSetting."""
    from imagend.store.postgres_schema import postgres_version

    if postgres_version(postgres_server(settings)):
        raise BadSetting("database_url: there is an imagend in this database; restore into an empty one")
    name = _known(settings).get("dbname", "")
    _run(settings, "pg_restore", [
        "--single-transaction", "--exit-on-error", "--no-owner", "--enable-row-security", f"--dbname={name}",
        str(source),
    ])  # fmt: skip


def _run(settings: Settings, name: str, arguments: Sequence[str]) -> None:
    program = shutil.which(name)
    if program is None:
        raise BadSetting(f"{name} is not installed here: install the client programs of PostgreSQL")
    _check_age(settings, name, program)
    known = _known(settings)
    known["options"] = f"{known.get('options', '')} {_HOUSE}".strip()
    environment = child_environment() | {_NAMES[key]: value for key, value in known.items() if key in _NAMES}
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BadSetting(f"{name} failed: {'; '.join(done.stderr.split(chr(10))[:3]).strip('; ') or 'no word'}")


def _check_age(settings: Settings, name: str, program: str) -> None:
    """Older programs do not know what newer servers have."""
    from imagend.store.postgres_schema import server_version

    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found, server = re.search(r" (\d+)", said), server_version(postgres_server(settings))
    if found is None or int(found[1]) < server:
        version = found[1] if found else "of unknown version"
        raise BadSetting(f"{name} {version} is older than the server: install the programs of PostgreSQL {server}")


def _known(settings: Settings) -> dict[str, str]:
    from psycopg.conninfo import conninfo_to_dict

    said = conninfo_to_dict(postgres_server(settings).url)
    return {str(name): str(value) for name, value in said.items() if value is not None}
