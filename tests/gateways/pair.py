"""Two real gateway processes on one PostgreSQL database."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.servers.postgres import Cluster
from tests.system.running import Server, imagend
from tests.workers.toy import DELIBERATE

PUBLIC_URL = "https://images.example.test"


#: What a test may put before a gateway's program: patches of what its machine believes or can.
WRONG_TIME = "import time; wall = time.time; time.time = lambda: wall() + 7200; "
NO_HINTS = "import imagend.store.postgres_bus as bus; bus.PostgresBus.start = lambda _: None; "


@dataclass(slots=True)
class Member(Server):
    """One gateway; commands beside it work on the same database."""

    patches: str = ""

    def program(self) -> list[str]:
        return [sys.executable, "-c", f"{self.patches}from imagend.cli.main import main; main()"]


@dataclass(slots=True)
class Pair:
    """`a` has the only worker; `b` has none. Pictures lie in one folder."""

    folder: Path
    url: str  # of the database
    a: Member
    b: Member

    def start(self) -> Pair:
        self.a.start()
        self.b.key = self.a.key
        self.b.start()
        return self

    def audit(self) -> str:
        done = imagend("audit", "--data-dir", str(self.a.data_dir), check=False, **self.a.settings)
        return done.stdout + done.stderr if done.returncode else ""

    def stop(self) -> None:
        for member in (self.a, self.b):
            if member.process is not None and member.process.poll() is None:
                assert member.stop() == 0, "\n".join(member.lines)


def make_pair(cluster: Cluster, folder: Path, workers: tuple[int, int] = (1, 0), **settings: str) -> Pair:
    """Not started yet."""
    url = cluster.new_database()
    shared = {
        "IMAGEND_DATABASE_URL": url, "IMAGEND_DATABASE_CONNECTIONS": "8", "IMAGEND_PUBLIC_URL": PUBLIC_URL,
        "IMAGEND_SECRETS_DIR": str(folder / "secrets"), "IMAGEND_PICTURES_DIR": str(folder / "pictures"),
        "IMAGEND_BACKEND": DELIBERATE, "IMAGEND_RESERVE_WORKERS": "0", "IMAGEND_FIRST_KEY_CREDITS": "0",
        "IMAGEND_WEBHOOK_ALLOW_HTTP": "1", "IMAGEND_WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8", **settings,
    }  # fmt: skip
    members = []
    for name, count in zip("ab", workers, strict=True):
        members.append(Member(folder / name, settings=shared | {"IMAGEND_WORKERS": str(count)}))
    return Pair(folder, url, *members)
