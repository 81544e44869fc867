"""The thin layer over Ray: named actors that each keep one worker process. Ray is imported when a fleet is opened.

Ray restarts nothing by itself (max_restarts=0, max_task_retries=0) and is asked for nothing but places: the gateway's
leases judge what became of the jobs. Actors are detached, so they outlive the pool that placed them, and the next pool
of the same namespace finds them by name.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from imagend.workers.keeper import Condition, Keeper, Orders
from imagend.workers.placing import Phase

logger = logging.getLogger(__name__)

BADGE = "pool in charge"  # name of the actor that only one pool at a time can have
WATCH_SECONDS = 5.0  # a keeper answers at least this often
ANSWER_SECONDS = 20.0
WORKER = "worker"  # first word of workers' names; backend and id follow
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class ClusterUnreachable(Exception):
    """Ray's head does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Where a worker may be placed: what it takes of a node, and labels that the node must have."""

    num_gpus: float = 0.0
    num_cpus: float = 1.0
    resources: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The actor is dead: its process, its node, or somebody's `ray kill`."""

    worker_id: str
    why: str


class Badge:
    """Held by the pool in charge, on its own node. It dies with that pool's driver, and the name is free again."""

    def here(self) -> bool:
        return True

    def keep(self) -> None:
        """Returns never: an answer means that the badge is lost."""
        while True:
            time.sleep(3600)


class RayFleet:
    """One connection to a cluster. Not thread-safe. Every method may raise ClusterUnreachable."""

    def __init__(self, address: str, namespace: str, needs: Needs) -> None:
        """address: auto, local or host:port."""
        import ray
        import ray.exceptions
        import ray.util.scheduling_strategies

        self._ray = ray
        self._errors = ray.exceptions
        self._namespace = namespace
        self._badge: Any = None
        self._badge_lost: Any = None  # reference of an answer that never comes
        self._actors: dict[str, Any] = {}
        self._watches: dict[Any, str] = {}  # reference of the answer -> worker id
        _connect(ray, address, namespace)
        self._keepers = ray.remote(Keeper)
        here = ray.get_runtime_context().get_node_id()
        self._badges = ray.remote(Badge).options(
            name=BADGE, namespace=namespace, num_cpus=0, max_restarts=0, max_concurrency=2,
            scheduling_strategy=ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(here, soft=False),
        )  # fmt: skip
        self._options = _options(needs, namespace)

    def close(self) -> None:
        self._ray.shutdown()

    def in_charge(self) -> bool:
        """Whether this pool has the badge, taking it if nobody has."""
        return bool(self._guarded(self._take_badge))

    def _take_badge(self) -> bool:
        try:
            if self._badge is None:
                badge: Any = self._badges.remote()
                self._ray.get(badge.here.remote(), timeout=ANSWER_SECONDS)
                self._badge, self._badge_lost = badge, badge.keep.remote()
            lost, _ = self._ray.wait([self._badge_lost], timeout=0)
            if not lost:
                return True
            self._ray.get(lost[0])
        except (ValueError, self._errors.RayActorError) as error:  # somebody else has it, or ours died
            logger.debug("not in charge: %s", error)
        self._badge = None
        return False

    def adopt(self) -> list[tuple[str, str]]:
        """Watch the workers that are there already and not known yet. Returns [(worker id, backend)]."""
        return list(self._guarded(self._find))

    def _find(self) -> list[tuple[str, str]]:
        found = []
        for name in self._ray.util.list_named_actors():
            kind, *rest = name.split(" ")
            if kind != WORKER or len(rest) != 2 or rest[1] in self._actors:
                continue
            backend, worker_id = rest
            try:
                self._actors[worker_id] = self._ray.get_actor(name, namespace=self._namespace)
            except ValueError:  # it ended between the two questions
                continue
            found.append((worker_id, backend))
        return found

    def place(self, orders: Orders) -> None:
        """Ask for a place. Returns at once; the cluster finds one when it can."""
        name = f"{WORKER} {orders.backend} {orders.worker_id}"
        actor = self._guarded(lambda: self._keepers.options(name=name, **self._options).remote(orders))
        self._actors[orders.worker_id] = actor

    def watch(self, known: Mapping[str, Phase]) -> None:
        """Ask those workers that are not being asked how they are. known: worker id -> what was heard last."""
        asked = set(self._watches.values())
        for worker_id, actor in self._actors.items():
            if worker_id not in asked:
                phase = known.get(worker_id, Phase.PLACING).value
                answer = self._guarded(partial(actor.condition.remote, phase, WATCH_SECONDS))
                self._watches[answer] = worker_id

    def hear(self, seconds: float) -> list[Condition | Gone]:
        """What has been answered, waiting for the first answer at most so long."""
        if not self._watches:
            return []
        done, _ = self._guarded(
            lambda: self._ray.wait(list(self._watches), num_returns=1, timeout=seconds, fetch_local=True)
        )
        if done:
            done, _ = self._guarded(
                lambda: self._ray.wait(list(self._watches), num_returns=len(self._watches), timeout=0)
            )
        return [heard for reference in done if (heard := self._take_answer(reference)) is not None]

    def _take_answer(self, reference: Any) -> Condition | Gone | None:
        worker_id = self._watches.pop(reference)
        try:
            condition: Condition = self._ray.get(reference, timeout=ANSWER_SECONDS)
        except self._errors.ActorDiedError as error:
            self._actors.pop(worker_id, None)
            return Gone(worker_id=worker_id, why=_first_line(error))
        except (self._errors.ActorUnavailableError, self._errors.GetTimeoutError) as error:
            logger.warning("%s does not answer for the moment: %s", worker_id, _first_line(error))
            return None
        except self._errors.RayError as error:
            self._actors.pop(worker_id, None)
            return Gone(worker_id=worker_id, why=_first_line(error))
        return condition if worker_id in self._actors else None

    def drain(self, worker_id: str, hurry: bool = False) -> None:
        if actor := self._actors.get(worker_id):
            self._guarded(partial(actor.drain.remote, hurry))

    def kill(self, worker_id: str) -> None:
        """Free the place; whatever runs there ends now. Its name is free for nobody: ids are never used again."""
        if actor := self._actors.pop(worker_id, None):
            self._guarded(lambda: self._ray.kill(actor, no_restart=True))

    def _guarded(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (self._errors.RaySystemError, self._errors.RpcError, self._errors.GetTimeoutError, OSError) as error:
            raise ClusterUnreachable(_first_line(error)) from error


def _connect(ray: Any, address: str, namespace: str) -> None:
    size = {"include_dashboard": False} if address == "local" else {}
    try:
        ray.init(address=address, namespace=namespace, log_to_driver=False, configure_logging=False, **size)
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterUnreachable(f"Ray at {address}: {_first_line(error)}") from error


def _options(needs: Needs, namespace: str) -> dict[str, Any]:
    options = {
        "namespace": namespace,
        "lifetime": "detached",
        "num_gpus": needs.num_gpus,
        "num_cpus": needs.num_cpus,
        "resources": dict(needs.resources) or None,
        "max_restarts": 0,
        "max_task_retries": 0,
        "max_concurrency": 4,  # a question that waits, an older pool's, a drain
        "runtime_env": {"env_vars": THREADS},
    }
    return options | ({"label_selector": dict(needs.labels)} if needs.labels else {})


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
