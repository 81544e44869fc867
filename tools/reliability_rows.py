"""The fault table F1 to F40: how each fault is made, which runs count for it, and where its quick version is.

`actors` are counted in the recorded runs (docs/data/faults-embedded.json, faults-shared.json), `sets` in
docs/data/faults-sets.json, and of sets with several rows, the row's; `quick` are the tests that every `make test` runs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    fault: str
    how: str
    actors: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()


LIVE = "tests/faults/test_nemesis.py"
ROUNDS = "tests/system/test_worker_rounds.py"
POSTGRES = "tests/desk/test_postgres_faults.py"
SIMULATION = "tests/simulation/test_simulation.py"
STORAGE = "tests/faults/test_storage.py"
WORKERS = "tests/system/test_worker_faults.py"

ROWS: dict[str, Row] = {
    "F1": Row(fault="gateway killed", how="SIGKILL under load, thrice in a row, at any call that changes a file",
              actors=("kill-gateway", "burst"), sets=("crash_points",), quick=(LIVE, "tests/system/test_crash.py")),
    "F2": Row(fault="worker killed mid-job", how="SIGKILL under load", actors=("kill-worker",),
              quick=(LIVE, "tests/system/test_crash.py")),
    "F3": Row(fault="gateway and workers killed", how="SIGKILL at once", actors=("kill-both",), quick=(LIVE,)),
    "F4": Row(fault="gateway stopped", how="SIGTERM, drain, next one started", actors=("end-gateway",),
              quick=("tests/system/test_operations.py",)),
    "F5": Row(fault="worker stopped", how="SIGTERM: jobs are handed back, no attempt is used", actors=("end-worker",),
              sets=("worker_rounds",), quick=(WORKERS,)),
    "F6": Row(fault="worker frozen beyond its lease", how="SIGSTOP, SIGCONT after 1.5 leases",
              actors=("freeze-worker", "freeze-crew"), sets=("worker_rounds",), quick=(WORKERS,)),
    "F7": Row(fault="gateway frozen beyond all leases", how="SIGSTOP, SIGCONT after 1.5 leases",
              actors=("freeze-gateway",), sets=("worker_rounds",), quick=(ROUNDS,)),
    "F8": Row(fault="worker hangs in native code", how="a sleep in C, every other one holds the interpreter",
              sets=("worker_rounds",), quick=(WORKERS,)),
    "F9": Row(fault="worker out of memory", how="a job that eats memory, in a limited process",
              sets=("worker_rounds",), quick=(WORKERS,)),
    "F10": Row(fault="poison job", how="a prompt that ends the process", sets=("worker_rounds",),
               quick=(WORKERS, "tests/desk/test_breakers.py")),
    "F11": Row(fault="poison job in a batch", how="as F10, with innocents beside it", sets=("worker_rounds",),
               quick=(ROUNDS, WORKERS)),
    "F12": Row(fault="weights missing at start", how="a backend that raises", sets=("worker_rounds",),
               quick=(WORKERS,)),
    "F13": Row(fault="PostgreSQL crash-killed", how="SIGKILL of all its processes under load",
               actors=("crash-database",), sets=("postgres_crashes",), quick=(POSTGRES,)),
    "F14": Row(fault="PostgreSQL stopped", how="stopped for 6 s under load", actors=("stop-database",),
               quick=(POSTGRES,)),
    "F15": Row(fault="PostgreSQL connections cut, also at COMMIT", how="proxy: RST to all; answers cut after n bytes",
               actors=("cut-database", "lose-commits"), sets=("postgres_crashes",), quick=(POSTGRES,)),
    "F16": Row(fault="deadlock, serialization error", how="two sessions", sets=("repeated",), quick=(POSTGRES,)),
    "F17": Row(fault="gateway and PostgreSQL parted", how="proxy: black hole, each way, 5 s",
               actors=("part-database",), quick=(POSTGRES,)),
    "F18": Row(fault="worker and gateway parted",
               how="in virtual time: links cut, one way or both; a gateway that is gone or hangs",
               sets=("simulated", "repeated"), quick=(WORKERS, SIMULATION)),
    "F19": Row(fault="slow and lossy network", how="proxy: 200 ms, 1 Mbit/s, every third connection reset",
               actors=("bad-network", "slow-database"), quick=("tests/faults/test_proxy.py",)),
    "F20": Row(fault="replies lost after execution", how="proxy: answers cut after 0, 1 or 200 bytes",
               actors=("lose-replies",), quick=(LIVE, "tests/workers/test_verbs.py")),
    "F21": Row(fault="requests duplicated", how="every message may come twice: in virtual time, and verb by verb",
               sets=("simulated", "repeated"), quick=(SIMULATION, "tests/workers/test_verbs.py")),
    "F22": Row(fault="disk full", how="small real file systems", sets=("repeated",),
               quick=("tests/system/test_full_disk.py",)),
    "F23": Row(fault="EIO on the n-th sync and write", how="the n-th call fails, for all n", sets=("disk_errors",),
               quick=(STORAGE,)),
    "F24": Row(fault="power cut", how="calls recorded, only what was synced kept, opened again", sets=("power_cuts",),
               quick=(STORAGE,)),
    "F25": Row(fault="SQLite file corrupted", how="flipped byte, truncated WAL; restored from a backup",
               sets=("repeated",),
               quick=("tests/store/test_sqlite.py", "tests/store/test_mark.py", "tests/system/test_backup.py")),
    "F26": Row(fault="second gateway on one folder", how="started beside the first", sets=("repeated",),
               quick=("tests/store/test_sqlite.py",)),
    "F27": Row(fault="clock jumps and drifts", how="injected clock", sets=("simulated", "repeated"),
               quick=(SIMULATION, "tests/desk/test_shared_clock.py")),
    "F28": Row(fault="object store: errors, stalls, resets", how="proxy before OpenStack Swift", sets=("repeated",),
               quick=("tests/system/test_object_store.py", "tests/workers/test_store_faults.py")),
    "F29": Row(fault="object deleted behind our back", how="deleted", sets=("repeated",),
               quick=("tests/blobs/test_life_in_a_bucket.py", "tests/api/test_ranges.py")),
    "F30": Row(fault="Ray: worker, actor, node, head killed, node frozen", how="a real cluster; see docs/ray.md",
               sets=("ray_faults",), quick=("tests/workers/test_ray.py",)),
    "F31": Row(fault="Ray worker fails at import", how="a backend that raises", sets=("ray_imports",),
               quick=("tests/workers/test_placing.py", "tests/workers/test_ray.py")),
    "F32": Row(fault="webhook receiver misbehaves", how="500, 429, 301, reset, silence under load; all others in tests",
               actors=("sulk",), quick=("tests/webhooks/test_post.py", "tests/system/test_webhooks.py")),
    "F33": Row(fault="webhook to a private address", how="rebinding, redirect, NAT64 and numeric forms",
               sets=("repeated",), quick=("tests/core/test_targets.py", "tests/api/test_webhooks.py")),
    "F34": Row(fault="cancel at random moments", how="DELETE 0 to 150 ms after the submit", sets=("cancels",),
               quick=(LIVE,)),
    "F35": Row(fault="v1 caller hangs up", how="connection closed 0 to 150 ms after the request", sets=("hangups",),
               quick=(LIVE,)),
    "F36": Row(fault="races for credits and for one key", how="24 callers at once", sets=("races",),
               quick=("tests/desk/test_races.py",)),
    "F37": Row(fault="key revoked mid-job and mid-poll", how="`imagend keys revoke` beside the server",
               sets=("revoked",), quick=("tests/desk/test_keys.py",)),
    "F38": Row(fault="links stopped and restored", how="proxy: black hole one way, RST to all",
               actors=("part-clients", "cut-clients"), quick=(LIVE,)),
    "F39": Row(fault="migration killed at each statement", how="the process dies at each",
               sets=("crash_points", "repeated"),
               quick=("tests/store/test_migration_kill.py",)),
    "F40": Row(fault="upgrade with jobs in flight", how="old worker and new gateway, and the reverse",
               sets=("repeated",), quick=("tests/workers/test_versions.py",)),
}  # fmt: skip
