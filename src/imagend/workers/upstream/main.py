"""The process that carries jobs to one other server. It claims, judges, seals and ends them as every worker does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from imagend.core.secret import Secret
from imagend.core.upstreams import Upstream
from imagend.engine.backend import BackendSpec
from imagend.engine.schedule import FlowNoise, Prediction
from imagend.workers.main import WorkerOptions, agree, assemble, keep_running, link_of
from imagend.workers.upstream.body import Wording
from imagend.workers.upstream.door import Door
from imagend.workers.upstream.exchange import Exchange
from imagend.workers.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """What is forwarded to whom. wordings: by slug here."""

    upstream: Upstream
    key: Secret
    wordings: Mapping[str, Wording]


def run_forwarder(options: WorkerOptions, forwarding: Forwarding) -> None:
    """Work until SIGTERM or SIGINT."""
    keep_running(options, lambda: build_forwarder(options, forwarding))


def build_forwarder(options: WorkerOptions, forwarding: Forwarding) -> Worker:
    link = link_of(options)
    terms = agree(link)
    exchange = Exchange(Door(forwarding.upstream, forwarding.key), forwarding.wordings)
    backend = forwarding.upstream.backend
    return assemble(options, link, terms, exchange, {backend: _spec(backend, options.slots)}, time.monotonic)


def _spec(backend: str, slots: int) -> BackendSpec:
    """Nothing is denoised here: only the name counts, which receipts and manifests show."""
    return BackendSpec(name=backend, prediction=Prediction.FLOW_VELOCITY, noise=FlowNoise(), max_lanes=slots)
