"""One request through a real server and a real worker, as an OpenTelemetry collector hears of it."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.system.running import Server
from tests.system.test_operations import until

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PROMPT = "a violet zeppelin"


class Collector(ThreadingHTTPServer):
    """Keeps every span that it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.spans: list[Any] = []
        self.raw = b""


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if self.path == "/v1/traces":
            self.server.raw += body
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    self.server.spans += scope.spans
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def test_spans_hang_together_from_the_caller_to_the_webhook(collector: Collector, tmp_path: Path) -> None:
    settings = {
        "IMAGEND_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}", "IMAGEND_WORKERS": "1",
        "IMAGEND_BALLAST_BYTES": "0", "IMAGEND_WEBHOOK_ALLOW_HTTP": "1", "IMAGEND_INLINE_RESULT_BYTES": "0",
        "IMAGEND_WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8", "IMAGEND_RESERVE_WORKERS": "0",
    }  # fmt: skip
    server = Server(tmp_path / "data", settings=settings).start()
    hook = f"http://127.0.0.1:{collector.server_port}/hook"
    body = {"prompt": PROMPT, "steps": 4, "width": 256, "height": 256, "webhook_url": hook}
    try:
        with server.client() as client:
            caller = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
            answer = client.post("/v2/imagen-4-fast", json=body, headers=caller)
            assert answer.status_code == 200, answer.text
            request_id = answer.json()["request_id"]
            client.post("/v2/imagen-4-fast", json=body, headers={"traceparent": f"00-{TRACE}-{CALLER}-00"})
            until(lambda: client.get(f"/v2/requests/{request_id}").json()["status"] == "COMPLETED", "completed")
            until(lambda: "webhook" in {span.name for span in collector.spans}, "the webhook is drawn")
            until(lambda: "complete" in {span.name for span in collector.spans}, "the end is drawn")
    finally:
        assert server.stop() == 0
    spans = {span.name: span for span in collector.spans if span.trace_id.hex() == TRACE}
    root = spans["POST /v2/{slug}"]
    assert root.parent_span_id.hex() == CALLER
    parents = {name: span.parent_span_id for name, span in spans.items()}
    for name in ("submit", "queue wait", "claim", "webhook"):
        assert parents[name] == root.span_id, name
    for name in ("denoise", "finish", "upload", "complete"):
        assert parents[name] == spans["claim"].span_id, name
    order = ["submit", "queue wait", "claim", "denoise", "finish", "upload", "complete", "webhook"]
    ends = [spans[name].end_time_unix_nano for name in order if name not in ("submit",)]
    assert ends == sorted(ends)
    attributes = {one.key: one.value for one in spans["denoise"].attributes}
    assert attributes["imagend.evaluations"].int_value == 4
    assert {one.key: one.value for one in spans["submit"].attributes}["imagend.request_id"].string_value == request_id
    assert len([span for span in collector.spans if span.name == "submit"]) == 1  # the other one asked not to be drawn
    for secret in (PROMPT, server.key):
        assert secret.encode() not in collector.raw
