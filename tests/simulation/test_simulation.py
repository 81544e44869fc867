"""Seeds of a whole system in virtual time. `make faults` runs many more of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.simulation.disks import Database
from faults.simulation.scenario import simulate
from tests.simulation.mutants import MUTANTS, Mutant

pytestmark = pytest.mark.timeout(600)  # a matter of seconds, but many things may run beside it
ROOT = Path(__file__).resolve().parents[2]
SEEDS_PER_TEST = 50
TESTS = 6
ENOUGH_SEEDS = 400  # within so many every mutant is found; most are by the first few


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    database = Database()
    yield database
    database.close()


@pytest.mark.parametrize("part", range(TESTS))
def test_every_promise_is_kept(database: Database, part: int) -> None:
    for seed in range(part * SEEDS_PER_TEST, (part + 1) * SEEDS_PER_TEST):
        result = simulate(seed, database)
        assert not result.violations, result.story()


def test_the_seeds_are_not_idle(database: Database) -> None:
    """Every kind of fault and every kind of end is among them."""
    results = [simulate(seed, database) for seed in range(25)]
    assert sum(result.acknowledged for result in results) >= 60
    happened = {what.partition(" for ")[0] for result in results for _, _, what in result.trace}
    assert {"killed", "frozen", "starts", "the storage fails"} <= happened
    heard = " ".join(sorted(happened))
    for word in ("complete", "release", "fail", "fenced from", "cancel", "no answer", "webhook", "refund", "revoke",
                 "again", "insufficient_credits"):  # fmt: skip
        assert word in heard, word


def test_a_seed_tells_the_same_story_again() -> None:
    """In another process with other hashes, after other seeds or none."""
    program = ("from faults.simulation.scenario import simulate\nfrom faults.simulation.disks import Database\n"
               "database = Database()\nprint(*(simulate(seed, database).digest for seed in (3, 7, 11)))")  # fmt: skip
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    told = set()
    for hashes in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": hashes}
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True,
                              timeout=100, check=True)  # fmt: skip
        told.add(done.stdout)
    database = Database()
    told.add(" ".join(reversed([simulate(seed, database).digest for seed in (11, 7, 3)])) + "\n")
    assert len(told) == 1
    assert len(set(told.pop().split())) == 3


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_notices(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.break_it(monkeypatch)
    database = Database(mutant.change())
    assert any(simulate(seed, database).violations for seed in range(ENOUGH_SEEDS))
