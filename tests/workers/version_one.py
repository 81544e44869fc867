"""The first version of the worker protocol, as workers and gateways of that time spoke it.

The worker's messages are texts, byte for byte as recorded; nothing here is built from today's types. The gateway is
today's behind a filter that refuses whatever the first version did not know.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {"x-imagend-protocol": "1", "content-type": "application/json"}
CLAIM = (
    '{"worker_id":"old-0-1","claim_id":"7a1c1f0b9d4e4c0e8a55d8c2f3b6a901","backends":["toy"],"max_jobs":8,'
    '"solo_ok":true,"whose":"anyone","wait_seconds":5.0}'
)
BEAT = '{"worker_id":"old-0-1","leases":{"%(job_id)s":"%(token)s"}}'
REPORT = '{"worker_id":"old-0-1","jobs":[{"job_id":"%(job_id)s","token":"%(token)s","done":3,"total":5,"previews":[]}]}'
NEWS = '{"worker_id":"old-0-1","heard":0,"wait_seconds":0.0}'
COMPLETE = (
    '{"job_id":"%(job_id)s","token":"%(token)s","success":{"images":[{"key":"%(key)s","media_type":"image/jpeg",'
    '"width":64,"height":64,"seed":7,"sha256":"%(sha256)s","size":%(size)d}],"metrics":{"inference_seconds":0.5,'
    '"evaluations":5,"compute_seconds":0.4},"filtered":[],"notes":{"engine":"imagend 0.1.0"}}}'
)
FAIL = (
    '{"job_id":"%(job_id)s","token":"%(token)s","failure":{"code":"backend_failed","message":"The model failed",'
    '"detail":"caused by RuntimeError()","metrics":{"inference_seconds":0.1,"evaluations":1,"compute_seconds":0.1},'
    '"filtered":[]},"retryable":true}'
)
RELEASE = '{"job_id":"%(job_id)s","token":"%(token)s"}'
LEAVE = '{"worker_id":"old-0-1"}'

VERBS = frozenset({"claim", "leave", "beat", "report", "news", "complete", "fail", "release"})
#: What a claim's answer held for each job; a worker of that time knows no more.
KNOWN = ("job_id", "token", "attempt", "solo", "recipe", "deadline_in_seconds", "share", "weight", "previews")


class OldWorker:
    """Says what was recorded, about the job that it has claimed."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.job: dict[str, Any] = {}

    def post(self, verb: str, text: str) -> Any:
        words = {"job_id": self.job.get("job_id"), "token": self.job.get("token"), **self.job.get("stored", {})}
        answer = self._http.post(f"/internal/{verb}", content=text % words, headers=HEADERS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def claim(self) -> None:
        (job,) = self.post("claim", CLAIM)["jobs"]
        self.job = {name: job[name] for name in KNOWN}

    def upload(self, data: bytes) -> None:
        headers = {"x-imagend-protocol": "1", "x-lease-token": self.job["token"], "content-type": "image/jpeg"}
        answer = self._http.put(f"/internal/blobs/{self.job['job_id']}/0", content=data, headers=headers)
        assert answer.status_code == 200, answer.text
        digest = hashlib.sha256(data).hexdigest()
        self.job["stored"] = {"key": answer.json()["key"], "sha256": digest, "size": len(data)}


class OldGateway:
    """Between a worker of today and a gateway of today: knows eight verbs and an upload, and one version exactly."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.refused: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        version = dict(scope["headers"]).get(b"x-imagend-protocol", b"").decode()
        verb = path.removeprefix("/internal/").split("/")[0]
        if verb not in VERBS | {"blobs"}:
            await self._refuse(send, path, 404, b"Not Found")
        elif version != "1":
            error = {"code": "bad_request", "error": f"x-imagend-protocol must be 1, not {version}"}
            await self._refuse(send, path, 400, json.dumps(error).encode())
        else:
            await self._app(scope, receive, send)

    async def _refuse(self, send: Send, path: str, status: int, body: bytes) -> None:
        self.refused.append(path)
        head: Message = {"type": "http.response.start", "status": status, "headers": []}
        await send(head)
        await send({"type": "http.response.body", "body": body})
