"""What compose.yaml would start, as processes of this machine: its scripts, settings and secrets on a real PostgreSQL
that asks for passwords and a real S3 store. Only addresses and folders are other ones.
"""

from __future__ import annotations

import configparser
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.packages.compose import FOLDER, SERVICES, secrets, variables
from tests.servers.postgres import Cluster
from tests.servers.swift import SwiftServer, s3_server
from tests.system.crews import Crew, free_port
from tests.system.running import Server

__all__ = ["s3_server", "secrets"]

pytestmark = pytest.mark.system
BODY = {"prompt": "a red ball", "width": 256, "height": 256, "num_inference_steps": 4, "output_format": "png"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """As the image makes it: no role of ours yet, and passwords are asked for."""
    with Cluster.running() as made, psycopg.connect(made.superuser_url, autocommit=True) as connection:
        connection.execute("DROP ROLE imagend")
        rules = made.folder / "data" / "pg_hba.conf"
        rules.write_text("host all imagend 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        connection.execute("SELECT pg_reload_conf()")
        yield made


@pytest.fixture(scope="module")
def service_file(cluster: Cluster, secrets: Path) -> Path:
    """The database after its first start, and where libpq finds it: the script's file with this machine's address."""
    environment = {
        "PATH": f"{cluster.binaries.folder}:{os.environ['PATH']}", "PGHOST": "127.0.0.1", "PGPORT": str(cluster.port),
        "PGDATABASE": "postgres", "POSTGRES_USER": "boss", "DATABASE_PASSWORD_FILE": str(secrets / "database-password"),
    }  # fmt: skip
    subprocess.run(["sh", str(FOLDER / "database.sh")], env=environment, check=True, capture_output=True)
    service = configparser.ConfigParser()
    service.read(secrets / "pg_service.conf")
    assert service["imagend"]["host"] in SERVICES
    service["imagend"].update({"host": "127.0.0.1", "port": str(cluster.port)})
    with (secrets / "here.conf").open("w") as file:
        service.write(file, space_around_delimiters=False)
    return secrets / "here.conf"


def test_the_database_wants_the_password(service_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICEFILE", str(service_file))
    url = variables("server")["IMAGEND_DATABASE_URL"]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user, current_database()").fetchone() == ("imagend", "imagend")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url, password="wrong")


def here(name: str, secrets: Path, **other: str) -> dict[str, str]:
    """A service's variables with the folder of secrets that is here."""
    return {key: value.replace("/run/secrets", str(secrets)) for key, value in variables(name).items()} | other


def test_an_order_becomes_a_picture(service_file: Path, secrets: Path, s3_server: SwiftServer, tmp_path: Path) -> None:
    port = free_port()
    bucket = s3_server.new_bucket()
    keys = secrets / "swift-credentials"
    keys.write_text(f"aws_access_key_id={s3_server.key_id}\naws_secret_access_key={s3_server.secret}\n")
    settings = here(
        "server", secrets, PGSERVICEFILE=str(service_file), IMAGEND_OBJECT_STORE_ENDPOINT=s3_server.endpoint,
        IMAGEND_OBJECT_STORE_URL=f"s3://{bucket}/pictures", IMAGEND_OBJECT_STORE_CREDENTIALS=str(keys),
        IMAGEND_WORKER_LISTEN=f"127.0.0.1:{port}", IMAGEND_METRICS_LISTEN=f"127.0.0.1:{free_port()}",
    )  # fmt: skip
    server = Server(tmp_path / "data", settings=settings).start()
    crew = Crew((), here("worker", secrets, IMAGEND_WORKER_GATEWAY=f"http://127.0.0.1:{port}")).start().ready()
    try:
        answer = server.post("/v1/imagen-4-fast", BODY)
        assert answer.status_code == 200, answer.text
        said = "\n".join([*server.lines, *crew.lines])
        for name in ("database-password", "worker-token", ".store-secret"):
            assert (secrets / name).read_text() not in said
    finally:
        crew.stop()
        assert server.stop() == 0, "\n".join(server.lines)
