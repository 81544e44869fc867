"""One life of two jobs, step by step, for test_crash_points.py to kill at each system call that reaches the disk.

Says after each step what it was promised. Run as `python -m tests.desk.crash_scenario FOLDER ACCOUNT`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.desk.crash_victim import say
from tests.desk.house import Clock, house_in, order


def main(folder: Path, account: str) -> None:
    clock = Clock()
    with house_in(folder, seed=1, clock=clock) as house:
        say("open")
        for key in ("first", "second"):
            say(f"submit {house.desk.submit(account, order(key=key, count=2)).id} {key}")
        first, second = house.claim(most=2)
        house.finish(first)
        say(f"complete {first.id}")
        house.success(second)  # pictures of an attempt that is then handed back
        house.desk.release(second.id, second.lease.token if second.lease else "")
        say(f"released {second.id}")
        clock.now += house.policy.retention_seconds + 1
        house.desk.forget()
        say(f"forgotten {first.id}")
    say("closed")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
