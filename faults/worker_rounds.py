"""F5 to F12: what is done to a worker, or to the gateway under it, on a real server with real workers, round by round.

One order at a time, or few: nothing else is under way. Every row has a server of its own, whose books are audited at
the end; two rows run side by side. The rounds are those of tests/system/worker_rounds.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults.report import Finding
from tests.system import worker_rounds as rounds
from tests.system.crews import Crew, free_port, open_server, write_token
from tests.system.running import Server, imagend

SIDE_BY_SIDE = 2
CREDITS = 1000  # of a new server's first key


@dataclass(kw_only=True)
class Place:
    """A server that takes workers over TCP, and those that it was given."""

    server: Server
    flags: tuple[str, ...]
    hired: list[Crew] = field(default_factory=list)

    def hire(self, *flags: str) -> Crew:
        self.hired.append(Crew((*self.flags, *flags)).start())
        return self.hired[-1]

    def with_crew(self, work: Callable[[Crew], float]) -> float:
        """A crew for one round: after two losses in a row its next worker would come later and later."""
        crew = self.hire().ready()
        seconds = work(crew)
        assert crew.stop() == 0, crew.lines
        return seconds

    def dismiss(self) -> None:
        """Those that a round which went wrong has left."""
        for crew in self.hired:
            if crew.process and crew.process.poll() is None:
                crew.stop()
        self.hired.clear()


Round = Callable[[Place, int], float]
"""(where, which one) -> seconds until the customer has what was ordered."""

ROUNDS: Mapping[str, tuple[str, Round]] = {
    "F5": ("worker stopped", lambda place, _: rounds.send_home(place.server, place.hire)),
    "F6": ("worker frozen beyond its lease", lambda place, _: rounds.freeze_a_worker(place.server, place.hire)),
    "F7": ("gateway frozen beyond all leases", lambda place, _: place.with_crew(
        lambda crew: rounds.stop_the_gateway(place.server, crew, seconds=3.5))),
    "F8": ("worker hangs in native code", lambda place, number: place.with_crew(
        lambda _: rounds.hang(place.server, number))),
    "F9": ("worker out of memory", lambda place, _: rounds.eat_memory(place.server, place.hire)),
    "F10": ("poison job", lambda place, _: place.with_crew(
        lambda _: rounds.poison_among_others(place.server, innocents=0))),
    "F11": ("poison job in a batch", lambda place, _: place.with_crew(
        lambda _: rounds.poison_among_others(place.server, innocents=3))),
    "F12": ("weights missing at start", lambda place, _: rounds.no_weights(place.server, place.hire)),
}  # fmt: skip


def run(count: int, seed: int, folder: Path) -> Iterator[Finding]:  # noqa: ARG001
    """`count` rounds of each row; there is no chance in them, so `seed` means nothing."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield from pool.map(lambda name: run_row(name, count, folder / name), ROUNDS)


def run_row(name: str, count: int, folder: Path) -> Finding:
    title, one = ROUNDS[name]
    seconds: list[float] = []
    violations: list[str] = []
    settings = rounds.SETTINGS | (rounds.IMPATIENT if name == "F8" else {})
    with place_in(folder, settings, violations) as place:
        for number in range(count):
            try:
                seconds.append(round(one(place, number), 3))
            except (AssertionError, OSError, TimeoutError) as error:
                violations.append(f"round {number}: {error!r}")
            finally:
                place.dismiss()
        completed = round((CREDITS - place.server.credits()) / rounds.PRICE)
    return Finding(fault_ids=(name,), title=title, repetitions=count, acknowledged=completed, violations=violations,
                   recovery_seconds=seconds, notes={"alone": True})  # fmt: skip


@contextmanager
def place_in(folder: Path, settings: Mapping[str, str], violations: list[str]) -> Iterator[Place]:
    folder.mkdir(parents=True)
    port = free_port()
    server = open_server(folder, port, **settings).start()
    try:
        token = str(write_token(folder))
        yield Place(server=server, flags=("--gateway", f"http://127.0.0.1:{port}", "--token-file", token))
    finally:
        stopped_at = time.monotonic()
        if server.stop() != 0:
            violations.append(f"the server did not stop well within {time.monotonic() - stopped_at:.0f} s")
    said = imagend("audit", "--data-dir", str(server.data_dir), check=False).stdout
    if said != "the books are in order\n":
        violations.append(said)
