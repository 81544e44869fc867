"""Another server that does as it is told: answers by script, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, Self

from PIL import Image

ID = "order-1"
STATUS = f"/v2/requests/{ID}/status"
RESULT = f"/v2/requests/{ID}"
SUBMIT = "/v2/there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One answer. hang_up: none at all, after the request was read."""

    status: int = 200
    body: Any = None
    content: bytes | None = None  # in place of the body
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


TAKEN = Say(body={"request_id": ID, "status": "QUEUED"})
COMPLETED = Say(body={"status": "COMPLETED", "request_id": ID})
RUNNING = Say(body={"status": "PROCESSING", "request_id": ID, "progress": 0.5})
HANG_UP = Say(hang_up=True)


def png(width: int = 64, height: int = 32, colour: tuple[int, int, int] = (200, 10, 10)) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


def failed(words: str) -> Say:
    return Say(status=422, body={"status": "FAILED", "error": words, "request_id": ID})


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Who hangs up is no news here."""


class Strange:
    """Scripts: "METHOD path" -> answers in order, the last of which is said for ever."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._scripts: dict[str, deque[Say]] = {}
        self._heard = threading.Condition()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                owner.answer(self)

            do_GET = do_POST = do_DELETE = handle_any

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.address}"
        self.script(f"POST {SUBMIT}", TAKEN)
        self.script(f"GET {STATUS}", COMPLETED)
        self.script(f"DELETE {RESULT}", Say(body={"status": "FAILED"}))
        self.script("GET /picture", Say(content=png()))
        self.result([{"url": f"{self.url}/picture", "seed": "7"}])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def script(self, what: str, *answers: Say) -> None:
        self._scripts[what] = deque(answers)

    def result(self, images: list[Any], **more: Any) -> None:
        self.script(f"GET {RESULT}", Say(body={"status": "COMPLETED", "images": images, **more}))

    def of(self, method: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == method]

    def wait_for(self, method: str, count: int = 1) -> None:
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.of(method)) >= count, 30)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        content = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(
            method=handler.command, path=handler.path, headers=headers, body=json.loads(content) if content else None
        )
        with self._heard:
            self.asked.append(asked)
            script = self._scripts.get(f"{asked.method} {asked.path}", deque([Say(status=404)]))
            say = script.popleft() if len(script) > 1 else script[0]
            self._heard.notify_all()
        _send(handler, say)


def _send(handler: BaseHTTPRequestHandler, say: Say) -> None:
    if say.hang_up:
        handler.close_connection = True
        return
    content = json.dumps(say.body).encode() if say.content is None else say.content
    handler.send_response(say.status)
    for name, value in {"content-length": str(len(content)), **say.headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)
