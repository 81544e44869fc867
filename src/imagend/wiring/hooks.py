"""Telling others that requests are final."""

from __future__ import annotations

import time
from collections.abc import Callable

from imagend.api.callbacks import result_teller
from imagend.api.services import Services
from imagend.core.targets import TargetGate, TargetPolicy
from imagend.core.watch import Watch
from imagend.desk.outbox import Outbox
from imagend.desk.signing_keys import SigningKeys
from imagend.settings import Settings
from imagend.store.base import Store
from imagend.webhooks.post import Patience, Poster
from imagend.webhooks.resolver import Resolver, is_own_address
from imagend.webhooks.sender import Sender, SenderLimits


def open_gate(settings: Settings, port: int) -> TargetGate:
    """One for callers and one for the sender, so that slow names of one do not keep the other."""
    policy = TargetPolicy(
        allow_http=settings.webhook_allow_http, networks=settings.webhook_networks, own_ports=(port,)
    )  # fmt: skip
    return TargetGate(policy, Resolver(settings.webhook_resolve_seconds), is_own_address)


def open_outbox(
    settings: Settings, store: Store, keys: SigningKeys, clock: Callable[[], float], watch: Watch
) -> Outbox:
    return Outbox(
        store,
        keys,
        clock,
        lease_seconds=settings.webhook_total_seconds + settings.webhook_resolve_seconds + 5.0,
        per_target=settings.webhook_in_flight_per_endpoint,
        per_account=settings.webhook_in_flight_per_account,
        keep_seconds=settings.webhook_log_seconds,
        watch=watch,
    )


def open_sender(settings: Settings, outbox: Outbox, services: Services, port: int) -> Sender:
    patience = Patience(connect=settings.webhook_connect_seconds, total=settings.webhook_total_seconds)
    return Sender(
        outbox,
        open_gate(settings, port),
        Poster(patience, time.monotonic).post,
        result_teller(services),
        services.bell,
        services.clock if settings.database_url else time.time,  # receivers compare it with the time of day
        version=services.version,
        tracer=services.tracer,
        limits=SenderLimits(in_flight=settings.webhook_in_flight, total_seconds=settings.webhook_total_seconds),
    )
