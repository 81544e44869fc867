"""A parent of two workers, to be killed: `python -m tests.workers.parent OPTIONS.json` prints their process ids."""

from __future__ import annotations

import signal
import sys

from imagend.workers.pools import SubprocessPool
from tests.system.running import clean_environment
from tests.workers.gateway import search_path, until


def main() -> None:
    command = [sys.executable, "-m", "tests.workers.run", sys.argv[1]]
    pool = SubprocessPool(command, 2, print, clean_environment() | search_path())
    pool.start()
    until(lambda: pool.ready == 2)
    print(*(child.process.pid for child in pool.children()), flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
