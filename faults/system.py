"""A whole installation for a fault run: gateways that are kept running, their workers, tenants with their keys."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.database import Database
from faults.model import NAME as MODEL
from faults.processes import Kept, become_subreaper, children_of, command_line, reap_strangers, send
from faults.wire import Client
from imagend.core.ledger import to_microcredits
from imagend.settings import Settings, load_settings
from imagend.wiring.books import open_accounts

SLUG = "imagen-4-fast"
PRICE_MICROCREDITS = 25_000
ROOT = Path(__file__).resolve().parents[1]

#: Short leases make faults quick; limits that are not what is tried are wide.
SETTINGS: dict[str, Any] = {
    "backend": MODEL, "workers": 2, "reserve_workers": 0, "log_level": "warning",
    "lease_seconds": 4.0, "beat_seconds": 0.5, "fence_seconds": 3.0, "sweep_seconds": 0.5, "hard_limit_seconds": 4.0,
    "provenance": "off", "safety_picture": "contents", "max_queued": 1_000_000, "max_queued_per_account": 1_000_000,
    "max_connections_per_address": 20_000, "failed_keys_per_minute": 0, "first_key_credits": "0",
    "webhook_allow_http": "true", "webhook_allow_networks": "127.0.0.0/8", "webhook_total_seconds": 2.0,
    "max_attempts": 10, "breaker_losses": 1_000_000,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    number: int
    account: str
    key: str
    key_id: str


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IMAGEND_")}
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "OPENBLAS_NUM_THREADS": "1", "NO_PROXY": "127.0.0.1"}


@dataclass(slots=True, eq=False)
class System:
    """`async with`: running inside, everything ended after it. Verbs belong to the event loop."""

    folder: Path
    database: Database | None = None  # SQLite without one
    gateways_wanted: int = 1
    remote_workers: int = 0  # processes of `imagend worker`, over TCP
    tenants_wanted: int = 8
    changes: Mapping[str, Any] = field(default_factory=dict)  # settings on top of SETTINGS
    credits: str = "1000000"
    ports: list[int] = field(default_factory=list)
    tenants: list[Tenant] = field(default_factory=list)
    gateways: list[Kept] = field(default_factory=list)
    crews: list[Kept] = field(default_factory=list)  # remote workers
    _reaper: asyncio.Task[None] | None = None

    @property
    def settings(self) -> Settings:
        """Of the first gateway."""
        return load_settings({}, self._flags(0))

    @property
    def books_url(self) -> str:
        return self.database.books_url if self.database else ""

    @property
    def gateway(self) -> Kept:
        return self.gateways[0]

    @property
    def accounts(self) -> dict[str, int]:
        return {tenant.account: tenant.number for tenant in self.tenants}

    def workers(self) -> list[int]:
        """Pids of worker processes that are children of gateways or crews now."""
        return [pid for kept in self._kept() if kept.process for pid in self.family(kept)]

    def family(self, kept: Kept) -> list[int]:
        """Pids of a process's own worker processes."""
        return [pid for pid in children_of(kept.pid) if " worker-process " in command_line(pid)]

    def pictures(self) -> list[Path]:
        """Files of results on the local disk."""
        return [path for path in (self._data_dir(0) / "blobs" / "r").rglob("*") if path.is_file()]

    async def __aenter__(self) -> System:
        become_subreaper()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ports = [free_port() for _ in range(2 * self.gateways_wanted)]
        self._open_tenants()
        self.gateways = [self._gateway(number) for number in range(self.gateways_wanted)]
        self.crews = [self._crew(number) for number in range(self.remote_workers)]
        for kept in self._kept():
            kept.start()
        self._reaper = asyncio.create_task(self._reap())
        await self.wait_ready()
        await self._wait_for_parts()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await asyncio.gather(*(kept.stop() for kept in self._kept()))
        finally:
            assert self._reaper
            self._reaper.cancel()
            with suppress(asyncio.CancelledError):
                await self._reaper
            self._end_orphans()

    async def wait_ready(self, seconds: float = 60.0) -> None:
        """All gateways answer."""
        await asyncio.wait_for(asyncio.gather(*(kept.ready.wait() for kept in self.gateways)), seconds)

    async def _wait_for_parts(self, seconds: float = 120.0) -> None:
        """Workers have warmed up, where there are to be any."""
        async with asyncio.timeout(seconds):
            for port in self.ports[: self.gateways_wanted]:
                client = Client("127.0.0.1", port)
                while self.settings.workers and (await client.call("GET", "/health/ready")).status != 200:
                    await asyncio.sleep(0.1)
                client.drop_all()

    async def wait_workers(self, count: int | None = None, seconds: float = 60.0) -> None:
        """As many workers exist."""
        wanted = self.settings.workers * self.gateways_wanted + self.remote_workers if count is None else count
        async with asyncio.timeout(seconds):
            while len(self.workers()) < wanted:
                await asyncio.sleep(0.05)

    def _flags(self, number: int) -> dict[str, str]:
        """Settings of one gateway."""
        flags = {name: str(value) for name, value in (SETTINGS | dict(self.changes)).items()}
        flags |= {"data_dir": str(self._data_dir(number)), "port": str(self.ports[number])}
        if self.database:
            flags |= {"database_url": self.database.url, "secrets_dir": str(self.folder / "secrets")}
        if self.remote_workers:
            listen = f"127.0.0.1:{self.ports[self.gateways_wanted + number]}"
            flags |= {"worker_listen": listen, "worker_token_file": str(self._token_file())}
        return flags

    def _data_dir(self, number: int) -> Path:
        """Each gateway has a folder; the pictures in them are one folder, as on a file system that they share."""
        folder = self.folder / f"data-{number}"
        if number and not folder.exists():
            shared = self.folder / "data-0" / "blobs"
            shared.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            (folder / "blobs").symlink_to(shared)
        return folder

    def _token_file(self) -> Path:
        file = self.folder / "token"
        if not file.exists():
            file.write_text(secrets.token_hex(32))
        return file

    def _gateway(self, number: int) -> Kept:
        flags = self._flags(number)
        command = [sys.executable, "-m", "imagend", "serve", "--data-dir", flags.pop("data_dir")]
        return self._keep(f"gateway-{number}", [*command, *(f"--set={name}={value}" for name, value in flags.items())])

    def _crew(self, number: int) -> Kept:
        doors = ",".join(f"http://127.0.0.1:{port}" for port in self.ports[self.gateways_wanted :])
        command = [sys.executable, "-m", "imagend", "worker", "--gateway", doors]
        return self._keep(f"crew-{number}", [*command, "--token-file", str(self._token_file()), "--processes", "1"])

    def _keep(self, name: str, command: list[str]) -> Kept:
        return Kept(name=name, command=command, environment=environment(), log=self.folder / f"{name}.log")

    def _open_tenants(self) -> None:
        with open_accounts(self.settings) as accounts:
            for number in range(self.tenants_wanted):
                secret, key = accounts.create_key(f"tenant {number}", to_microcredits(self.credits))
                self.tenants.append(Tenant(number=number, account=key.account_id, key=secret, key_id=key.id))

    def _known(self) -> set[int]:
        return {kept.pid for kept in self._kept() if kept.process}

    def _kept(self) -> list[Kept]:
        return [*self.gateways, *self.crews]

    def _end_orphans(self) -> None:
        """Workers of this installation that we adopted; they end with their gateway, this is for those that hang."""
        for pid in children_of(os.getpid()):
            if str(self.folder) in command_line(pid):
                send(pid, signal.SIGKILL)
        reap_strangers(self._known())

    async def _reap(self) -> None:
        while True:
            reap_strangers(self._known())
            await asyncio.sleep(0.2)
