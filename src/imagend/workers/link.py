"""The worker's side of the internal protocol: its verbs over a Unix socket or HTTP, with bounded repetition.

Every verb is repeatable, so a lost reply is answered by asking again: the gateway recognises the lease token (and the
claim id) and changes nothing twice. Which version of the protocol is spoken is agreed with each gateway by itself, at
the first word and again when it is refused, so gateways of several versions may stand side by side.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import msgspec

from imagend.core import wire
from imagend.core.errors import BlobMissing, ImagendError, OtherProtocol, StaleLease, TermsChanged
from imagend.core.outcome import Failure, Success
from imagend.workers.doors import Answer, ClientTls, Door, Doors, NoAnswer

M = TypeVar("M")


class GatewayUnreachable(ImagendError):
    """The gateway did not answer."""

    code = "gateway_unreachable"
    retryable = True


class GatewayRefused(ImagendError):
    """The gateway does not accept what this worker says: a wrong token, a bad message."""

    code = "gateway_refused"


class TokenRefused(GatewayRefused):
    """The gateway does not know the worker token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a verb is repeated while the gateway is away or says 503."""

    total_seconds: float = 60.0
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 5.0

    def pauses(self, random_source: random.Random) -> Iterator[float]:
        """Doubling pauses, each cut by a random part of up to a half, so that workers do not return in step."""
        spent, pause = 0.0, self.first_pause_seconds
        while spent < self.total_seconds:
            yield (step := pause * random_source.uniform(0.5, 1.0))
            spent += step
            pause = min(self.longest_pause_seconds, 2 * pause)


ONCE = Patience(total_seconds=0.0)
SHORT = Patience(total_seconds=1.0)  # long enough to have a lost answer repeated
STORING_SECONDS = 20.0  # that a gateway may take over its object store before it says 503


class Link:
    """Thread-safe."""

    def __init__(
        self,
        address: str,
        worker_token: str,
        worker_id: str,
        *,
        patience: Patience | None = None,
        answer_seconds: float = 10.0,
        tls: ClientTls | None = None,
    ) -> None:
        """address: the path of a Unix socket, or http(s)://host:port; or several, comma-separated, of which the next
        is tried when one does not answer. answer_seconds: for one answer of a gateway. Raises BadSetting."""
        self.worker_id = worker_id
        self.terms = wire.Terms()  # as of the last `hello`
        self.patience = patience or Patience()
        self._answer_seconds = answer_seconds
        self._random = random.Random(worker_id)
        self._hurried = threading.Event()
        self._doors = Doors(address, worker_token, tls)

    @property
    def address(self) -> str:
        """Of the gateway in use."""
        return self._doors.current.address

    def close(self) -> None:
        self._doors.close()

    def hurry(self) -> None:
        """From now on nothing is repeated: the process is about to end."""
        self._hurried.set()

    def hello(self, patience: Patience = ONCE) -> wire.Terms:
        """Agree on the protocol and hear the gateway's terms, to which this link's claims and signatures refer from
        now on. A gateway older than this verb has no terms."""
        self.terms = self._send(lambda door: self._greet(door, self._answer_seconds), patience)
        return self.terms

    def claim(
        self, backends: tuple[str, ...], max_jobs: int, solo_ok: bool, wait_seconds: float,
        whose: wire.Whose = "anyone", *, number: int = 0,
        stock: tuple[int, Mapping[str, str]] = (0, MappingProxyType({})),
    ) -> wire.Assignments:  # fmt: skip
        """number, stock: see LeaseBook."""
        settled, held = stock
        claim = wire.Claim(
            worker_id=self.worker_id,
            claim_id=uuid.uuid4().hex,
            backends=backends,
            max_jobs=max_jobs,
            solo_ok=solo_ok,
            wait_seconds=wait_seconds,
            whose=whose,
            terms=self.terms.digest,
            number=number,
            settled=settled,
            holds=tuple(held.values()),
        )
        return self._post("claim", claim, wire.Assignments, SHORT, wait_seconds)

    def leave(self) -> None:
        self._post("leave", wire.Leave(worker_id=self.worker_id), wire.Done, ONCE)

    def beat(self, leases: dict[str, str], settled: int = 0) -> dict[str, wire.Pulse]:
        """Renew all leases, and say that there are no others of the claims before number `settled`. Not repeated: the
        next beat comes soon, and its moment counts."""
        beat = wire.Beat(worker_id=self.worker_id, leases=leases, settled=settled)
        return self._post("beat", beat, wire.Pulses, ONCE).leases

    def report(self, jobs: tuple[wire.Report, ...], steps: tuple[wire.Step, ...] = ()) -> None:
        """How far jobs are. Not repeated: the next report tells more."""
        self._post("report", wire.Reports(worker_id=self.worker_id, jobs=jobs, steps=steps), wire.Done, ONCE)

    def news(self, heard: int, wait_seconds: float) -> wire.Notices:
        """Wait until something happens to this worker's leases, at most so long."""
        asked = wire.News(worker_id=self.worker_id, heard=heard, wait_seconds=wait_seconds)
        return self._post("news", asked, wire.Notices, ONCE, wait_seconds)

    def rest(self, seconds: float) -> bool:
        """Pause between two tries; True: the process is about to end and there is no time for another."""
        return self._hurried.wait(seconds)

    def target(self, wanted: wire.Wanted) -> wire.Target:
        """Where to put one picture. Hardly repeated: who asks tries again as a whole."""
        return self._post("target", wanted, wire.Target, SHORT)

    def upload(
        self, job_id: str, token: str, index: int, media_type: str, data: bytes, patience: Patience | None = None
    ) -> str:
        """Store one picture durably; returns its blob key."""
        headers = {wire.LEASE_HEADER: token, "content-type": media_type}
        path = f"/internal/blobs/{job_id}/{index}"
        ask = self._asking("PUT", path, data, headers, wire.Uploaded, STORING_SECONDS)
        return self._send(ask, patience or self.patience).key

    def complete(
        self, job_id: str, token: str, success: Success, files: tuple[bytes, ...] = (),
        timings: tuple[wire.Timing, ...] = (),
    ) -> None:  # fmt: skip
        done = wire.Completion(job_id=job_id, token=token, success=success, files=files, timings=timings)
        self._post("complete", done, wire.Done, self.patience)

    def fail(self, job_id: str, token: str, failure: Failure, retryable: bool) -> None:
        broken = wire.Breakage(job_id=job_id, token=token, failure=failure, retryable=retryable)
        self._post("fail", broken, wire.Done, self.patience)

    def release(self, job_id: str, token: str) -> None:
        self._post("release", wire.Return(job_id=job_id, token=token), wire.Done, self.patience)

    def sign(self, lease: tuple[str, str], data: bytes) -> bytes:
        """The gateway's raw signature for the manifest of a leased job."""
        job_id, token = lease
        asked = wire.Sign(job_id=job_id, token=token, terms=self.terms.digest, data=data)
        return self._post("sign", asked, wire.Signature, self.patience).signature

    def lost(self, worker_id: str, unready: tuple[str, ...] = ()) -> None:
        """That worker's process has ended; `unready`: before it had loaded these backends."""
        self._post("lost", wire.Lost(worker_id=worker_id, unready=unready), wire.Done, self.patience)

    def _post(self, verb: str, message: object, answer: type[M], patience: Patience, wait_seconds: float = 0.0) -> M:
        headers = {"content-type": "application/json"}
        body = msgspec.json.encode(message)
        return self._send(self._asking("POST", f"/internal/{verb}", body, headers, answer, wait_seconds), patience)

    def _asking(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], answer: type[M],
        wait_seconds: float = 0.0,
    ) -> Callable[[Door], M]:  # fmt: skip
        """The question to whichever gateway, once the version is agreed with it."""
        seconds = self._answer_seconds

        def once(door: Door) -> M:
            if door.version is None:
                self._greet(door, self._answer_seconds)
            said = {**headers, wire.PROTOCOL_HEADER: str(door.version)}
            try:
                said_back = door.ask(
                    method, path, body=body, headers=said, seconds=seconds, answer_seconds=seconds + wait_seconds
                )
                return _read(said_back, answer)
            except OtherProtocol:
                door.version = None  # another program answers there now
                raise

        def ask(door: Door) -> M:
            try:
                try:
                    return once(door)
                except OtherProtocol:
                    return once(door)
            except (NoAnswer, GatewayUnreachable) as error:
                raise GatewayUnreachable(f"{method} {path}: {error}") from error

        return ask

    def _greet(self, door: Door, seconds: float) -> wire.Terms:
        hello = wire.Hello(worker_id=self.worker_id, oldest=wire.OLDEST_PROTOCOL, newest=wire.NEWEST_PROTOCOL)
        headers = {"content-type": "application/json", wire.PROTOCOL_HEADER: str(wire.NEWEST_PROTOCOL)}
        body = msgspec.json.encode(hello)
        try:
            response = door.ask("POST", "/internal/hello", body=body, headers=headers, seconds=seconds)
        except NoAnswer as error:
            raise GatewayUnreachable(f"{door.address}: {error}") from error
        terms = wire.Terms() if response.status == 404 else _read(response, wire.Terms)
        door.version = terms.version
        return terms

    def _send(self, ask: Callable[[Door], M], patience: Patience) -> M:
        """Ask the gateways in turn until one has answered. Raises StaleLease, TermsChanged, GatewayRefused or
        GatewayUnreachable."""
        pauses = patience.pauses(self._random)
        asked = 0
        while True:
            door = self._doors.current
            try:
                return ask(door)
            except GatewayUnreachable as error:
                self._doors.leave(door)
                asked += 1
                if asked % len(self._doors):
                    continue  # the others first
                pause = next(pauses, None)
                if pause is None or self._hurried.wait(pause):
                    raise GatewayUnreachable(error.message) from error


def _read(response: Answer, answer: type[M]) -> M:
    if response.status == 200:
        try:
            return msgspec.json.decode(response.content, type=answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise GatewayRefused(f"the answer is not a {answer.__name__}: {error}") from error
    refusal = _refusal(response)
    for kind in (StaleLease, TermsChanged, BlobMissing):
        if refusal.code == kind.code:
            raise kind(refusal.error)
    if refusal.code == OtherProtocol.code or wire.PROTOCOL_HEADER in refusal.error:  # the first version had no code
        raise OtherProtocol(refusal.error)
    if response.status == 401:
        raise TokenRefused(f"401 {refusal.code}: {refusal.error}")
    if response.status >= 500:
        raise GatewayUnreachable(f"{response.status} {refusal.code}: {refusal.error}")
    raise GatewayRefused(f"{response.status} {refusal.code}: {refusal.error}")


def _refusal(response: Answer) -> wire.Refusal:
    try:
        return msgspec.json.decode(response.content, type=wire.Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return wire.Refusal(code="unknown", error=response.content[:200].decode(errors="replace"))
