"""How many workers there should be: the rule's numbers from the settings, and the route that says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.routing import Route

from imagend.api.scale import scale_route
from imagend.core.catalog import Catalog
from imagend.desk.desk import Desk
from imagend.desk.scaling import ScalePolicy, Scaler
from imagend.settings import Settings
from imagend.store.base import Store
from imagend.wiring.crew import token_in
from imagend.wiring.upstreams import engine_backends


def scale_policy(settings: Settings) -> ScalePolicy:
    """Raises BadSetting."""
    return ScalePolicy(
        target_wait_seconds=settings.scale_target_wait_seconds,
        slots=settings.scale_slots,
        doubling_seconds=settings.scale_doubling_seconds,
        idle_seconds=settings.scale_idle_seconds,
        least=settings.scale_min_workers,
        most=settings.scale_max_workers,
    )


def open_scale_route(
    settings: Settings, catalog: Catalog, store: Store, desk: Desk, clock: Callable[[], float], tokens: Sequence[str]
) -> Route:
    """tokens: of workers; a secret of its own for scalers comes from the settings. Raises BadSetting."""
    scaler = Scaler(store, engine_backends(catalog), desk.crew_size, scale_policy(settings), clock)
    if settings.scale_token_file:
        tokens = (*tokens, token_in("scale_token_file", settings.scale_token_file))
    return scale_route(scaler, tokens)
