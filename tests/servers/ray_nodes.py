"""A Ray cluster of several nodes on this machine: `python -m tests.servers.ray_nodes`, in the environment of ray.py.

One JSON object per line in, one out: {"do": "add", "num_cpus": 1} -> {"node": 1, "pids": {...}}, {"do": "remove",
"node": 1} (without a goodbye), {"do": "kill_head"}, {"do": "revive_head"}. Everything ends with its standard input.

Nodes listen on 127.0.0.2: Ray takes 127.0.0.1 for "this machine" and would call the outside address instead.
"""

from __future__ import annotations

import ctypes
import json
import sys
import warnings
from typing import Any

HOST = "127.0.0.2"
STORE_BYTES = 80 * 2**20  # the least that Ray takes, in shared memory
PR_SET_PDEATHSIG, SIGTERM = 1, 15


class Nodes:
    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._common = {"node_ip_address": HOST, "object_store_memory": STORE_BYTES, "include_log_monitor": False}
        head = {**self._common, "include_dashboard": False, "num_cpus": 0}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self._nodes: dict[int, Any] = {0: self._cluster.head_node}

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        verb = asked.pop("do")
        return dict(getattr(self, verb)(**asked) or {})

    def where(self) -> dict[str, Any]:
        return {"address": self._cluster.address, "pids": self._pids(0)}

    def add(self, **options: Any) -> dict[str, Any]:
        number = max(self._nodes) + 1
        self._nodes[number] = self._cluster.add_node(wait=True, **{**self._common, **options})
        return {"node": number, "pids": self._pids(number)}

    def remove(self, node: int) -> None:
        self._cluster.remove_node(self._nodes.pop(node), allow_graceful=False)

    def kill_head(self) -> None:
        self._nodes[0].kill_gcs_server()

    def revive_head(self) -> None:
        self._nodes[0].start_gcs_server()

    def stop(self) -> None:
        self._cluster.shutdown()

    def _pids(self, number: int) -> dict[str, list[int]]:
        processes = self._nodes[number].all_processes
        return {kind: [one.process.pid for one in infos] for kind, infos in processes.items()}


def main() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGTERM)
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout, sys.stderr  # Ray prints
    nodes = Nodes()
    try:
        print(json.dumps(nodes.where()), file=out, flush=True)
        for line in sys.stdin:
            print(json.dumps(nodes.answer(json.loads(line))), file=out, flush=True)
    finally:
        nodes.stop()


if __name__ == "__main__":
    main()
