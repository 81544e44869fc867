"""A worker process for tests: `python -m tests.workers.run OPTIONS.json --worker-id ID --parent-pid PID`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import msgspec

from imagend.workers.main import WorkerOptions, run_worker


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("options", type=Path)
    parser.add_argument("--worker-id", required=True)
    parser.add_argument("--parent-pid", type=int)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    known = msgspec.json.decode(arguments.options.read_bytes())
    given = {"worker_id": arguments.worker_id, "parent_pid": arguments.parent_pid}
    run_worker(msgspec.convert({**known, **given}, WorkerOptions, dec_hook=lambda kind, value: kind(value)))


if __name__ == "__main__":
    main()
