"""What operators see of a running server: health, readiness, metrics; and how it stops."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric as Family
from prometheus_client.parser import text_string_to_metric_families

from tests.system.running import Server

WAIT_SECONDS = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.05)


class Operated(Server):
    """A server with a listener for operators."""

    @property
    def operators(self) -> str:
        return f"http://{self.settings['IMAGEND_METRICS_LISTEN']}"

    def families(self) -> dict[str, Family]:
        text = httpx.get(f"{self.operators}/metrics", trust_env=False, timeout=30).text
        return {family.name: family for family in text_string_to_metric_families(text)}

    def value(self, name: str, **labels: str) -> float:
        found = [
            sample.value
            for family in self.families().values()
            for sample in family.samples
            if sample.name == f"imagend_{name}" and labels.items() <= sample.labels.items()
        ]
        return sum(found)

    def ready(self) -> httpx.Response:
        return httpx.get(f"{self.operators}/health/ready", trust_env=False, timeout=30)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Operated]:
    settings = {
        "IMAGEND_METRICS_LISTEN": f"127.0.0.1:{free_port()}",
        "IMAGEND_DRAIN_SECONDS": "60",
        "IMAGEND_BACKEND": "noop",
        "IMAGEND_RESERVE_WORKERS": "0",
        "IMAGEND_WORKERS": "1",
    }
    running = Operated(tmp_path / "data", settings=settings)
    yield running.start()  # type: ignore[misc]
    if running.process and running.process.poll() is None:
        running.kill()


def test_health_metrics_and_a_polite_end(server: Operated) -> None:
    until(lambda: server.ready().status_code == 200, "ready")
    assert httpx.get(f"{server.url}/health/ready", trust_env=False).json()["parts"] == {
        "gateway": "ok", "database": "ok", "disk": "ok", "pictures": "ok", "workers": "ok",
    }  # fmt: skip
    assert httpx.get(f"{server.url}/health/live", trust_env=False).json() == {"status": "ok"}

    request_id = server.post("/v2/imagen-4-fast", {"prompt": "a red fox"}).json()["request_id"]
    with server.client() as client:
        assert client.get(f"/v2/requests/{request_id}").status_code == 200
        assert client.get("/metrics").status_code == 403
        assert client.get("/nowhere/at/all").status_code == 404
    until(lambda: server.value("jobs_finished_total", state="COMPLETED", code="ok") == 1, "completed")
    until(lambda: server.value("engine_step_seconds_count", backend="noop") > 0, "steps of the engine are told")

    assert server.value("jobs_submitted_total", model="imagen-4-fast") == 1
    assert server.value("http_requests_total", route="/v2/requests/{request_id}", method="GET", status="200") == 1
    assert server.value("http_requests_total", route="none", status="404") == 1
    assert server.value("commit_seconds_count") > 0
    assert server.value("blob_seconds_count", call="put") == 1
    assert server.value("build_info") == 1
    assert server.value("pool_workers", state="ready") == 1
    routes = {sample.labels["route"] for sample in server.families()["imagend_http_requests"].samples}
    assert not any(request_id in route or "nowhere" in route for route in routes)

    assert server.process
    server.process.send_signal(signal.SIGTERM)
    until(lambda: server.ready().status_code == 503, "not ready any more")
    assert server.ready().json()["parts"]["gateway"] == "draining"
    assert server.post("/v2/imagen-4-fast", {"prompt": "a late fox"}).status_code == 200
    assert server.value("draining") == 1
    assert server.stop() == 0  # the second signal
