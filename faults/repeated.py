"""Faults that a test makes as well as a campaign would: the tests of a row, run again and again.

One process of pytest for each row, without any other load. A test that fails counts as a broken promise.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from faults.report import Finding

ROOT = Path(__file__).resolve().parents[1]
OUTCOMES = {0: "all passed", 1: "some failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Tests by their node ids; `share` of the count for each of them: some rows have many, some are slow."""

    title: str
    tests: tuple[str, ...]
    share: float = 1.0


DISK, VERSIONS = "tests/system/test_full_disk.py", "tests/workers/test_versions.py"
POSTGRES, SQLITE = "tests/desk/test_postgres_faults.py", "tests/store/test_sqlite.py"
STORES, WORKERS = "tests/workers/test_store_faults.py", "tests/system/test_worker_faults.py"
BACKUP, KILLED = "tests/system/test_backup.py", "tests/store/test_migration_kill.py"

ROWS: Mapping[str, Again] = {
    "F16": Again(title="deadlocks and serialization errors, forced by two sessions", tests=(
        f"{POSTGRES}::test_transactions_that_lock_each_other_out_both_succeed",
        f"{POSTGRES}::test_a_row_that_moved_while_it_was_waited_for_is_looked_at_again")),
    "F18": Again(title="a worker that is cut off, or whose gateway hangs", share=0.5, tests=(
        f"{WORKERS}::test_worker_that_is_cut_off_stops_itself",
        f"{WORKERS}::test_worker_whose_gateway_hangs_stops_itself")),
    "F21": Again(title="every verb twice, late, and after the last word", share=0.1, tests=(
        "tests/workers/test_verbs.py",)),
    "F22": Again(title="full disks", share=0.35, tests=(DISK,)),
    "F25": Again(title="damaged files, and a restore under load", share=0.35, tests=(
        f"{SQLITE}::test_damaged_file_is_refused_with_advice",
        f"{BACKUP}::test_under_load_and_back_again",
        f"{BACKUP}::test_half_a_backup_and_a_damaged_one_are_refused")),
    "F26": Again(title="a second server on one folder", tests=(
        f"{SQLITE}::test_second_server_is_refused_until_the_first_is_gone",
        f"{SQLITE}::test_command_never_migrates_under_a_running_server")),
    "F27": Again(title="clocks that jump, drift and go back", tests=("tests/desk/test_shared_clock.py",)),
    "F28": Again(title="an object store that errs, stalls and lies", share=0.1, tests=(STORES,)),
    "F29": Again(title="objects that are gone", tests=(
        "tests/blobs/test_life_in_a_bucket.py::test_complete_without_the_object_or_with_another_is_refused",
        "tests/api/test_ranges.py::test_a_paid_picture_that_is_gone_is_a_clear_error_everywhere")),
    "F33": Again(title="webhooks to private addresses", share=0.25, tests=(
        "tests/api/test_webhooks.py::test_urls_that_may_not_be_called", "tests/core/test_targets.py",
        "tests/webhooks/test_post.py::test_redirects_are_not_followed",
        "tests/webhooks/test_sender.py::test_the_gate_is_asked_at_every_attempt",
        "tests/webhooks/test_sender.py::test_a_name_is_looked_up_once_per_attempt_and_that_answer_is_dialled")),
    "F39": Again(title="migrations killed at every statement", tests=(
        f"{KILLED}::test_sqlite_killed_at_every_statement",
        f"{KILLED}::test_postgres_killed_after_every_statement")),
    "F40": Again(title="old workers and new gateways, and the reverse", share=0.5, tests=(
        f"{VERSIONS}::test_worker_of_the_first_version_works_for_todays_gateway",
        f"{VERSIONS}::test_todays_worker_processes_work_for_a_gateway_of_the_first_version",
        f"{VERSIONS}::test_gateway_may_change_its_version_under_a_working_link")),
}  # fmt: skip


def run(count: int, seed: int, folder: Path) -> Iterator[Finding]:  # noqa: ARG001
    """About `count` runs of each test; those that have a chance in them take it themselves, so `seed` means nothing."""
    return (run_row(name, count, folder / name) for name in ROWS)


def run_row(name: str, count: int, folder: Path) -> Finding:
    """Raises RuntimeError when the tests could not be run at all."""
    folder.mkdir(parents=True)
    row, told = ROWS[name], folder / "told.xml"
    again = max(1, round(count * row.share))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "faults.again", "--again", str(again), "--timeout=300",
               f"--junitxml={told}", *row.tests]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in OUTCOMES:
        raise RuntimeError(f"{name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    cases = list(ElementTree.parse(told).iter("testcase"))
    return Finding(fault_ids=(name,), title=row.title, repetitions=len(cases), acknowledged=0,
                   violations=[sentence for case in cases for sentence in _wrong(case)],
                   notes={"alone": True, "tests": list(row.tests), "each": again})  # fmt: skip


def _wrong(case: ElementTree.Element) -> Iterator[str]:
    """A test that was skipped has shown nothing."""
    for kind in ("failure", "error", "skipped"):
        for found in case.iter(kind):
            yield f"{case.get('classname')}::{case.get('name')}: {kind}: {(found.get('message') or '')[:500]}"
