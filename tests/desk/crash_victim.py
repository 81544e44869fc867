"""The process that test_crash.py kills: it works at the desk and says on its pipe what it was promised.

Each line is one acknowledged fact, written after the desk's verb has returned:
`submit <request id> <idempotency key>` or `complete <request id>`.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from imagend.core.errors import StaleLease
from imagend.core.job import JobPolicy
from tests.desk.house import Clock, House, house_in, order


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # one write: whole or not at all


def customer(house: House, account: str, name: str) -> None:
    for number in range(10_000):
        key = f"{name}-{number}"
        job = house.desk.submit(account, order(key=key, cost=1))
        say(f"submit {job.id} {key}")


def worker(house: House, name: str) -> None:
    while True:
        for job in house.claim(name, most=2, boot=name):
            try:
                house.finish(job)
            except StaleLease:
                continue
            say(f"complete {job.id}")


def main(folder: Path, account: str, boot: str) -> None:
    policy = JobPolicy(max_queued_per_account=10**9)
    with house_in(folder, policy, seed=int.from_bytes(os.urandom(8), "big"), clock=Clock(time.time())) as house:
        house.desk.recover(boot)
        threads = [threading.Thread(target=customer, args=(house, account, f"{boot}.{n}")) for n in range(3)]
        threads += [threading.Thread(target=worker, args=(house, boot))]
        for thread in threads:
            thread.daemon = True
            thread.start()
        say("ready")
        threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
