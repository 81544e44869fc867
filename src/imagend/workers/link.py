"""The worker's side of the internal protocol: nine verbs over a Unix socket or HTTP, with bounded repetition.

Every verb is repeatable, so a lost reply is answered by asking again: the gateway recognises the lease token (and the
claim id) and changes nothing twice.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import httpx
import msgspec

from imagend.core import wire
from imagend.core.errors import ImagendError, StaleLease
from imagend.core.outcome import Failure, Success

M = TypeVar("M")


class GatewayUnreachable(ImagendError):
    """The gateway did not answer."""

    code = "gateway_unreachable"
    retryable = True


class GatewayRefused(ImagendError):
    """The gateway does not accept what this worker says: another protocol version, a wrong token, a bad message."""

    code = "gateway_refused"


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
    ) -> None:
        """address: the path of a Unix socket, or http://host:port. answer_seconds: for one answer of the gateway."""
        self.worker_id = worker_id
        self._patience = patience or Patience()
        self._answer_seconds = answer_seconds
        self._random = random.Random(worker_id)
        self._hurried = threading.Event()
        self._http = _client(address, worker_token)

    def close(self) -> None:
        self._http.close()

    def hurry(self) -> None:
        """From now on nothing is repeated: the process is about to end."""
        self._hurried.set()

    def claim(
        self, backends: tuple[str, ...], max_jobs: int, solo_ok: bool, wait_seconds: float,
        whose: wire.Whose = "anyone",
    ) -> wire.Assignments:  # fmt: skip
        claim = wire.Claim(
            worker_id=self.worker_id,
            claim_id=uuid.uuid4().hex,
            backends=backends,
            max_jobs=max_jobs,
            solo_ok=solo_ok,
            wait_seconds=wait_seconds,
            whose=whose,
        )
        return self._post("claim", claim, wire.Assignments, SHORT, wait_seconds)

    def leave(self) -> None:
        self._post("leave", wire.Leave(worker_id=self.worker_id), wire.Done, ONCE)

    def beat(self, leases: dict[str, str]) -> dict[str, wire.Pulse]:
        """Renew all leases. Not repeated: the next beat comes soon, and its moment counts."""
        beat = wire.Beat(worker_id=self.worker_id, leases=leases)
        return self._post("beat", beat, wire.Pulses, ONCE).leases

    def report(self, jobs: tuple[wire.Report, ...], steps: tuple[wire.Step, ...] = ()) -> None:
        """How far jobs are. Not repeated: the next report tells more."""
        self._post("report", wire.Reports(worker_id=self.worker_id, jobs=jobs, steps=steps), wire.Done, ONCE)

    def news(self, heard: int, wait_seconds: float) -> wire.Notices:
        """Wait until something happens to this worker's leases, at most so long."""
        asked = wire.News(worker_id=self.worker_id, heard=heard, wait_seconds=wait_seconds)
        return self._post("news", asked, wire.Notices, ONCE, wait_seconds)

    def upload(self, job_id: str, token: str, index: int, media_type: str, data: bytes) -> str:
        """Store one picture durably; returns its blob key."""
        headers = {wire.LEASE_HEADER: token, "content-type": media_type}
        path = f"/internal/blobs/{job_id}/{index}"
        return self._send("PUT", path, data, headers, wire.Uploaded, self._patience).key

    def complete(self, job_id: str, token: str, success: Success) -> None:
        done = wire.Completion(job_id=job_id, token=token, success=success)
        self._post("complete", done, wire.Done, self._patience)

    def fail(self, job_id: str, token: str, failure: Failure, retryable: bool) -> None:
        broken = wire.Breakage(job_id=job_id, token=token, failure=failure, retryable=retryable)
        self._post("fail", broken, wire.Done, self._patience)

    def release(self, job_id: str, token: str) -> None:
        self._post("release", wire.Return(job_id=job_id, token=token), wire.Done, self._patience)

    def _post(self, verb: str, message: object, answer: type[M], patience: Patience, wait_seconds: float = 0.0) -> M:
        headers = {"content-type": "application/json"}
        body = msgspec.json.encode(message)
        return self._send("POST", f"/internal/{verb}", body, headers, answer, patience, wait_seconds)

    def _send(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        answer: type[M],
        patience: Patience,
        wait_seconds: float = 0.0,
    ) -> M:
        """Send until the gateway has answered. Raises StaleLease, GatewayRefused or GatewayUnreachable."""
        timeout = httpx.Timeout(self._answer_seconds, read=self._answer_seconds + wait_seconds)
        pauses = patience.pauses(self._random)
        while True:
            try:
                return _read(self._http.request(method, path, content=body, headers=headers, timeout=timeout), answer)
            except (httpx.TransportError, GatewayUnreachable) as error:
                pause = next(pauses, None)
                if pause is None or self._hurried.wait(pause):
                    raise GatewayUnreachable(f"{method} {path}: {error}") from error


def _client(address: str, worker_token: str) -> httpx.Client:
    headers = {wire.TOKEN_HEADER: worker_token, wire.PROTOCOL_HEADER: wire.PROTOCOL_VERSION}
    if address.startswith(("http://", "https://")):
        return httpx.Client(base_url=address, headers=headers, trust_env=False)
    transport = httpx.HTTPTransport(uds=address)
    return httpx.Client(base_url="http://gateway", transport=transport, headers=headers, trust_env=False)


def _read(response: httpx.Response, answer: type[M]) -> M:
    if response.status_code == 200:
        try:
            return msgspec.json.decode(response.content, type=answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise GatewayRefused(f"the answer is not a {answer.__name__}: {error}") from error
    refusal = _refusal(response)
    if refusal.code == StaleLease.code:
        raise StaleLease(refusal.error)
    if response.status_code >= 500:
        raise GatewayUnreachable(f"{response.status_code} {refusal.code}: {refusal.error}")
    raise GatewayRefused(f"{response.status_code} {refusal.code}: {refusal.error}")


def _refusal(response: httpx.Response) -> wire.Refusal:
    try:
        return msgspec.json.decode(response.content, type=wire.Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return wire.Refusal(code="unknown", error=response.text[:200])
