"""A whole gateway for tests: real desk, real SQLite, real uvicorn on a free port, and a worker that paints one colour.

What the worker does with a job is told by its prompt's first word: `block`, `hide`, `break`, `lose`, `invalid` fail
it in the named way, `hold` leaves it in its lease, anything else is painted; of a `strange` one the worker knows a
word less, and holds back all pictures but the first.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import queue
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from PIL import Image

import imagend
from imagend.api.app import create_app
from imagend.api.connection import ConnectionLimits
from imagend.api.server import server_config
from imagend.api.services import Services
from imagend.blobs.disk import DiskBlobs
from imagend.core.catalog import Catalog, load_catalog
from imagend.core.job import Job, JobPolicy
from imagend.core.outcome import Failure, ImageRef, Metrics, Success, Verdict
from imagend.core.recipe import MEDIA_TYPES, Recipe
from imagend.desk.accounts import Accounts
from imagend.desk.assets import Assets
from imagend.desk.bell import QUEUE, Bell
from imagend.desk.desk import Desk
from imagend.desk.history import History
from imagend.desk.pictures import Pictures
from imagend.desk.readiness import Readiness
from imagend.desk.signing_keys import SigningKeys
from imagend.desk.vault import Vault
from imagend.desk.webhooks import Webhooks
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import prompt_guard
from imagend.store.sqlite import SqliteStore
from tests.webhooks.gates import local_gate

MILLION = 1_000_000
CARDS = Path(imagend.__file__).parent / "cards"
HELD_BACK = Verdict(stage="image", category="sexual", support_code="63429089", index=1)
FAILURES = {
    "block": Failure(code="content_blocked", message="Content blocked by safety filter (stage=prompt, category=test)"),
    "hide": Failure(code="content_blocked", message="All pictures held back", verdicts=(HELD_BACK,)),
    "break": Failure(code="backend_failed", message="The model failed"),
    "lose": Failure(code="worker_lost", message="The worker was lost while running this request"),
    "invalid": Failure(code="bad_parameter", message="prompt: nothing in it can be drawn"),
}


class SetClock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def cards() -> Catalog:
    texts = {file.name: file.read_text("utf-8") for file in sorted(CARDS.glob("*.toml"))}
    return load_catalog(texts.pop("shared.toml"), texts)


def paint(recipe: Recipe, index: int) -> bytes:
    """A flat picture whose colour is the seed's."""
    seed = recipe.image_seed(index)
    colour = (seed & 255, seed >> 8 & 255, seed >> 16 & 255)
    buffer = io.BytesIO()
    options: dict[str, Any] = {"compress_level": 1} if recipe.output_format == "png" else {"quality": 60}
    Image.new("RGB", (recipe.width, recipe.height), colour).save(buffer, recipe.output_format.upper(), **options)
    return buffer.getvalue()


class Painter:
    """A worker without a process: claims, paints and completes through the desk."""

    def __init__(self, desk: Desk, bell: Bell, backends: tuple[str, ...]) -> None:
        self._desk = desk
        self._backends = backends
        self._work = threading.Event()
        self._stopping = False
        self._unsubscribe = bell.subscribe(QUEUE, self._work.set)
        self.held: queue.Queue[Job] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="painter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._unsubscribe()
        self._work.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def step(self) -> list[Job]:
        """Claim and finish all that waits; returns the claimed jobs."""
        done: list[Job] = []
        while jobs := self._desk.claim("painter", "boot-1", self._backends, 8, True):
            for job in jobs:
                self.finish(job)
            done += jobs
        return done

    def finish(self, job: Job, *, even_held: bool = False) -> None:
        word = job.recipe.prompt.strip().partition(" ")[0]
        assert job.lease is not None
        if word in FAILURES:
            self._desk.fail(job.id, job.lease.token, FAILURES[word], False)
        elif word == "hold" and not even_held:
            self.held.put(job)
        else:
            success, files = self._paint(job)
            self._desk.complete(job.id, job.lease.token, success, files)

    def _paint(self, job: Job) -> tuple[Success, list[bytes]]:
        assert job.lease is not None
        images, files = [], []
        for index in range(job.recipe.count):
            data = paint(job.recipe, index)
            key = ""
            if len(data) <= self._desk.inline_bytes:
                files.append(data)
            else:
                key = self._desk.upload(job.id, job.lease.token, index, job.recipe.output_format, data)
            images.append(
                ImageRef(
                    key=key,
                    media_type=MEDIA_TYPES[job.recipe.output_format],
                    width=job.recipe.width,
                    height=job.recipe.height,
                    seed=job.recipe.image_seed(index),
                    sha256=hashlib.sha256(data).hexdigest(),
                    size=len(data),
                )
            )
        strange = job.recipe.prompt.startswith("strange")
        success = Success(
            images=tuple(images[: 1 if strange else None]),
            metrics=Metrics(inference_seconds=0.25, evaluations=job.recipe.steps),
            filtered=(HELD_BACK,) * (len(images) - 1) if strange else (),
            notes={"weights": "w1", "unknown_words": ["strange"]} if strange else _notes(job),
        )
        return success, files

    def _run(self) -> None:
        while not self._stopping:
            self._work.clear()
            if not self.step():
                self._work.wait(5)


def _notes(job: Job) -> dict[str, Any]:
    """As of a model that is always a bit blurry, whatever it is told, and counts seven steps for itself."""
    lost = ["negative_prompt"] if "blurry" in job.recipe.negative_prompt else []
    lost += ["steps"] if job.recipe.steps == 7 else []
    return {"not_applied": lost} if lost else {}


class Server(uvicorn.Server):
    """uvicorn in a thread of the test process, on a port that the system chose."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run_thread, name="server", daemon=True)

    def _run_thread(self) -> None:
        asyncio.run(self.serve(sockets=[self._listening]))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    def __enter__(self) -> Server:
        self._thread.start()
        assert self.ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()


@dataclass
class Guest:
    """A customer: an account with one key, and a client that sends it."""

    house: House
    account_id: str
    key_id: str
    secret: str
    http: httpx.Client

    @property
    def num_jobs(self) -> int:
        return sum(row["account_id"] == self.account_id for row in self.house.rows("jobs"))

    @property
    def available(self) -> int:
        return self.house.services.accounts.balance(self.account_id).available

    def submit(self, prompt: str = "a red kite", slug: str = "imagen-4-fast", **fields: Any) -> str:
        answer = self.http.post(f"/v2/{slug}", json={"prompt": prompt, **fields})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["request_id"])

    def leased(self, prompt: str = "hold it", **fields: Any) -> Job:
        """A job that the painter holds."""
        request_id = self.submit(prompt, **fields)
        return next(job for job in self.house.painter.step() if job.id == request_id)

    def finished(self, prompt: str = "a red kite", **fields: Any) -> str:
        """The id of a job that the painter has dealt with."""
        request_id = self.submit(prompt, **fields)
        self.house.painter.step()
        return request_id


@dataclass
class House:
    services: Services
    store: SqliteStore
    blobs: DiskBlobs
    clock: SetClock
    painter: Painter
    port: int
    closing: ExitStack

    def guest(self, credits: float = 100.0, models: tuple[str, ...] | None = None, **terms: Any) -> Guest:
        """terms: fields of the key."""
        secret, key = self.services.accounts.create_key("guest", round(credits * MILLION), models, terms=terms)
        http = self.closing.enter_context(self.client(headers={"x-api-key": secret}))
        return Guest(house=self, account_id=key.account_id, key_id=key.id, secret=secret, http=http)

    def client(self, **options: Any) -> httpx.Client:
        """Follows no redirect and takes no proxy from the environment."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=20, **options)

    def rows(self, what: str) -> list[dict[str, Any]]:
        return self.store.read(lambda reads: reads.audit(what))


@contextmanager
def open_house(
    folder: Path,
    *,
    working: bool = False,
    policy: JobPolicy | None = None,
    limits: ConnectionLimits | None = None,
    open_credits: float | None = None,
    **settings: Any,
) -> Iterator[House]:
    """`working`: the painter runs by itself; else a test calls `painter.step()`. open_credits: open mode, with these.
    settings: fields of Services."""
    clock, bell = SetClock(), Bell()
    with ExitStack() as closing:
        store = SqliteStore(folder / "imagend.db")
        closing.callback(store.close)
        blobs = DiskBlobs(folder / "blobs")
        desk = Desk(store, blobs, policy or JobPolicy(), clock, bell, inline_bytes=settings.pop("inline_bytes", 0))
        keys = SigningKeys(store, Vault(secrets.token_bytes(32)), clock)
        webhooks = Webhooks(store, keys, local_gate(), clock, bell)
        accounts = Accounts(store, b"pepper" * 6, clock)
        if open_credits is not None:
            settings["open_key"] = accounts.create_key("open", round(open_credits * MILLION))[1]
        services = Services(
            desk=desk,
            accounts=accounts,
            webhooks=webhooks,
            catalog=settings.pop("catalog", None) or cards(),
            safety=prompt_guard(SafetyOptions()),
            blobs=Pictures(store, blobs),
            bell=bell,
            history=History(store),
            assets=Assets(blobs, clock, secrets.randbits, 3 * MILLION),
            clock=clock,
            draw_seed=lambda: secrets.randbelow(2**31),
            link_secret=b"link secret of the tests, 32 by.",
            version="0.0.0",
            readiness=Readiness(store, desk, blobs, clock),
            **settings,
        )
        painter = Painter(desk, bell, ("sketch",))
        closing.callback(painter.stop)
        server = closing.enter_context(Server(server_config(create_app(services), limits=limits)))
        if working:
            painter.start()
        with ExitStack() as clients:
            yield House(
                services=services, store=store, blobs=blobs, clock=clock, painter=painter, port=server.port,
                closing=clients,
            )  # fmt: skip
