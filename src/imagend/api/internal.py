"""The gateway's side of the worker protocol: hello, claim, leave, beat, report, news, sign, target, blobs,
complete, fail, release, lost.

Every verb may be repeated: the same token with the same outcome is answered as the first time, a token that is not
the row's any more gets 409 `fenced`. Served on a Unix socket (mode 0600) or a second port, never on the public one.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from imagend.api.claims import FROM_CHILD, ClaimCounter
from imagend.api.news import NewsStand
from imagend.api.spans import draw_end
from imagend.blobs.base import Content
from imagend.core import wire
from imagend.core.errors import BadRequest, ImagendError, OtherProtocol, TermsChanged, Unauthenticated
from imagend.core.job import JobPolicy
from imagend.core.recipe import MEDIA_TYPES
from imagend.core.trace import UNTRACED, Tracer
from imagend.core.watch import UNWATCHED, Watch
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk

BODY_SECONDS = 30.0

EXTENSIONS = {media_type: extension for extension, media_type in MEDIA_TYPES.items()}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MD5 = re.compile(r"[A-Za-z0-9+/]{22}==")
STATUS = {
    "bad_request": 400,
    "bad_parameter": 400,
    "unauthenticated": 401,
    "fenced": 409,
    "other_protocol": 400,
    "terms_changed": 409,
    "blob_missing": 422,
    "storage_unavailable": 503,
}

SPOKEN_VERSIONS = frozenset(str(number) for number in range(wire.OLDEST_PROTOCOL, wire.NEWEST_PROTOCOL + 1))
SPOKEN = f"{wire.PROTOCOL_HEADER} must be from {wire.OLDEST_PROTOCOL} to {wire.NEWEST_PROTOCOL}"

Handler = Callable[[Request], Awaitable[object]]
Signer = Callable[[bytes], bytes]
M = TypeVar("M")


class Verbs:
    """The handlers. Each reads one message, calls the desk in a thread, and returns one message."""

    def __init__(
        self, desk: Desk, counter: ClaimCounter, stand: NewsStand, clock: Callable[[], float], watch: Watch,
        terms: wire.Terms, sign: Signer, tracer: Tracer,
    ) -> None:  # fmt: skip
        self._desk = desk
        self._counter = counter
        self._stand = stand
        self._clock = clock
        self._watch = watch
        self._tracer = tracer
        self._terms = terms
        self._sign = sign

    async def hello(self, request: Request) -> wire.Terms:
        hello = await _read(request, wire.Hello)
        version = min(hello.newest, wire.NEWEST_PROTOCOL)
        if version < max(hello.oldest, wire.OLDEST_PROTOCOL):
            raise OtherProtocol(f"{SPOKEN}, not {hello.oldest} to {hello.newest}")
        return replace(self._terms, version=version)

    async def claim(self, request: Request) -> wire.Assignments:
        claim = await _read(request, wire.Claim)
        if claim.max_jobs < 1:
            raise BadRequest("max_jobs must be at least 1")
        if claim.terms:
            self._check_terms(claim.terms)
        return await self._counter.claim(request, claim)

    async def leave(self, request: Request) -> wire.Done:
        worker_id = (await _read(request, wire.Leave)).worker_id
        self._counter.leave(worker_id)
        self._stand.leave(worker_id)
        return wire.Done()

    async def beat(self, request: Request) -> wire.Pulses:
        beat = await _read(request, wire.Beat)
        renewals = await asyncio.to_thread(self._desk.renew, beat.worker_id, beat.leases)
        if beat.settled:
            await asyncio.to_thread(self._desk.take_stock, beat.worker_id, beat.settled, set(beat.leases.values()))
        now = self._clock()
        return wire.Pulses(
            leases={
                job_id: wire.Pulse(held=one.held, deadline_in_seconds=(one.deadline_at or now) - now, over=one.over)
                for job_id, one in renewals.items()
            }
        )

    async def report(self, request: Request) -> wire.Done:
        reports = await _read(request, wire.Reports)
        if any(job.previews for job in reports.jobs):  # pictures may have to go to other gateways
            await asyncio.to_thread(self._desk.live.report, reports)
        else:
            self._desk.live.report(reports)
        for step in reports.steps:
            tell_step(self._watch, step)
        return wire.Done()

    async def news(self, request: Request) -> wire.Notices:
        return await self._stand.wait(request, await _read(request, wire.News))

    async def target(self, request: Request) -> wire.Target:
        wanted = await _read(request, wire.Wanted)
        extension = _extension(wanted.media_type)
        content = _content(wanted)
        key, target = await asyncio.to_thread(
            self._desk.target, wanted.job_id, wanted.token, wanted.index, extension, content
        )
        return wire.Target(key=key, url=target.url, headers=target.headers) if target else wire.Target(key=key)

    async def upload(self, request: Request) -> wire.Uploaded:
        extension = _extension(request.headers.get("content-type", ""))
        job_id, index = request.path_params["job_id"], request.path_params["index"]
        token = request.headers.get(wire.LEASE_HEADER, "")
        data = await _body(request, wire.MAX_BLOB_BYTES)
        return wire.Uploaded(key=await asyncio.to_thread(self._desk.upload, job_id, token, index, extension, data))

    async def complete(self, request: Request) -> wire.Done:
        done = await _read(request, wire.Completion)
        came_at = self._clock()
        job = await asyncio.to_thread(self._desk.complete, done.job_id, done.token, done.success, done.files)
        draw_end(self._tracer, job, done.token, done.timings, came_at, self._clock(), "complete")
        return wire.Done()

    async def fail(self, request: Request) -> wire.Done:
        broken = await _read(request, wire.Breakage)
        came_at = self._clock()
        job = await asyncio.to_thread(self._desk.fail, broken.job_id, broken.token, broken.failure, broken.retryable)
        draw_end(self._tracer, job, broken.token, (), came_at, self._clock(), "fail")
        return wire.Done()

    async def release(self, request: Request) -> wire.Done:
        back = await _read(request, wire.Return)
        await asyncio.to_thread(self._desk.release, back.job_id, back.token)
        return wire.Done()

    async def sign(self, request: Request) -> wire.Signature:
        asked = await _read(request, wire.Sign)
        self._check_terms(asked.terms)
        await asyncio.to_thread(self._desk.check_lease, asked.job_id, asked.token)
        return wire.Signature(signature=await asyncio.to_thread(self._sign, asked.data))

    async def lost(self, request: Request) -> wire.Done:
        gone = await _read(request, wire.Lost)
        await asyncio.to_thread(self._desk.worker_lost, gone.worker_id)
        if gone.unready:
            await asyncio.to_thread(self._desk.start_failed, gone.worker_id, gone.unready)
        return wire.Done()

    def _check_terms(self, digest: str) -> None:
        if digest != self._terms.digest:
            raise TermsChanged


def create_internal_app(
    desk: Desk,
    bell: Bell,
    clock: Callable[[], float],
    worker_tokens: Sequence[str],
    long_poll_seconds: float = 20.0,
    *,
    boot: str,
    policy: JobPolicy,
    more_routes: Sequence[Route] = (),
    watch: Watch = UNWATCHED,
    tracer: Tracer = UNTRACED,
    terms: wire.Terms | None = None,
    sign: Signer | None = None,
) -> Starlette:
    """The ASGI application for workers. `boot` names this run of the gateway and is stamped on every claim of its own
    children, who show the first of the tokens; those who show another one live and die elsewhere. `more_routes` check
    their callers themselves. `terms`: what it asks of workers that say hello. `sign`: raw signature of what a manifest
    claims, by the gateway's key.

    `app.state.close_claims()` ends everything that waits; call it (in the event loop) before stopping the server.
    """
    counter = ClaimCounter(
        desk, bell, clock, boot=boot, lease_seconds=policy.lease_seconds, longest=long_poll_seconds, tracer=tracer
    )
    stand = NewsStand(desk.live.news, long_poll_seconds)
    verbs = Verbs(desk, counter, stand, clock, watch, terms or wire.Terms(), sign or _no_key, tracer)
    gate = _gate(worker_tokens)
    routes = [
        Route(f"/internal/{verb.__name__}", gate(verb), methods=["POST"])
        for verb in (
            *(verbs.complete, verbs.report, verbs.claim, verbs.news, verbs.beat),  # as often as they are asked for
            *(verbs.target, verbs.sign, verbs.hello, verbs.leave, verbs.fail, verbs.release, verbs.lost),
        )
    ]
    routes.append(Route("/internal/blobs/{job_id}/{index:int}", gate(verbs.upload), methods=["PUT"]))
    app = Starlette(routes=[*routes, *more_routes])

    def close() -> None:
        counter.close()
        stand.close()

    app.state.close_claims = close
    return app


def tell_step(watch: Watch, step: wire.Step) -> None:
    """What a worker's engine took for one step."""
    watch.observe("engine_step_seconds", step.seconds, backend=step.backend, work=step.work)
    if step.work == "denoise":
        watch.observe("engine_step_lanes", step.lanes, backend=step.backend)
        watch.observe("engine_step_occupancy_ratio", step.lanes / max(1, step.most_lanes), backend=step.backend)


def _gate(worker_tokens: Sequence[str]) -> Callable[[Handler], Callable[[Request], Awaitable[Response]]]:
    expected = [token.encode() for token in worker_tokens]

    def check(request: Request) -> None:
        given = request.headers.get(wire.TOKEN_HEADER, "").encode("latin-1")
        known = [hmac.compare_digest(given, token) for token in expected]
        if not any(known):
            raise Unauthenticated("the worker token is missing or wrong")
        request.scope[FROM_CHILD] = known[0]
        version = request.headers.get(wire.PROTOCOL_HEADER, "none")
        if version not in SPOKEN_VERSIONS and not request.url.path.endswith("/hello"):
            raise OtherProtocol(f"{SPOKEN}, not {version}")

    def guarded(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                check(request)
                return _json(await handler(request), 200)
            except ImagendError as error:
                return _json(wire.Refusal(code=error.code, error=error.message), STATUS.get(error.code, 500))

        return endpoint

    return guarded


def _no_key(_: bytes) -> bytes:
    raise BadRequest("this gateway signs nothing")


def _extension(media_type: str) -> str:
    if media_type not in EXTENSIONS:
        raise BadRequest(f"content-type must be one of {', '.join(EXTENSIONS)}")
    return EXTENSIONS[media_type]


def _content(wanted: wire.Wanted) -> Content:
    """Only digests in their usual form: they go into headers that are signed."""
    if not _SHA256.fullmatch(wanted.sha256):
        raise BadRequest("sha256 must be 64 hexadecimal digits")
    if not _MD5.fullmatch(wanted.md5):
        raise BadRequest("md5 must be 24 characters of base64")
    if not 0 < wanted.size <= wire.MAX_BLOB_BYTES:
        raise BadRequest(f"size must be 1 to {wire.MAX_BLOB_BYTES}")
    return Content(size=wanted.size, sha256=wanted.sha256, md5=wanted.md5, media_type=wanted.media_type)


def _json(message: object, status: int) -> Response:
    return Response(msgspec.json.encode(message), status_code=status, media_type="application/json")


async def _read(request: Request, kind: type[M]) -> M:
    body = await _body(request, wire.MAX_MESSAGE_BYTES)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"not a {kind.__name__}: {error}") from error


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > limit:
                    raise BadRequest(f"the body must have at most {limit} bytes")
    except (TimeoutError, ClientDisconnect) as error:
        raise BadRequest("the body did not arrive") from error
    return bytes(body)
