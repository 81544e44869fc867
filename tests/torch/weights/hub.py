"""A hub on loopback: as much of the Hugging Face API as huggingface_hub asks for one revision of a model."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"


@dataclass(slots=True)
class FakeHub:
    """One repository. `cut`: files whose content breaks off in the middle; `forged`: files that are sent
    with another content than is listed."""

    files: Mapping[str, bytes]
    card: Mapping[str, str] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    forged: set[str] = field(default_factory=set)
    gated: bool = False
    name: str = "maker/tiny"
    asked: list[str] = field(default_factory=list)  # "GET path", as they came
    url: str = ""

    def sent(self) -> list[str]:
        """Files whose content was sent."""
        return [
            line.partition(f"/resolve/{SHA}/")[2] for line in self.asked if line.startswith(f"GET /{self.name}/resolve")
        ]

    def listing(self) -> dict[str, object]:
        siblings = [
            {"rfilename": name, "size": len(content), "blobId": git_name(content), **_lfs(name, content)}
            for name, content in self.files.items()
        ]
        flags = {"private": False, "gated": False, "disabled": False, "downloads": 0, "likes": 0, "tags": []}
        return {
            "id": self.name,
            "modelId": self.name,
            "sha": SHA,
            "siblings": siblings,
            "cardData": self.card,
            **flags,
        }


def _lfs(name: str, content: bytes) -> dict[str, object]:
    if not name.endswith(".safetensors"):
        return {}
    return {"lfs": {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}}


def git_name(content: bytes) -> str:
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, *, body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append(f"{self.command} {path}")
            if hub.gated:
                self._send(403, b"{}", {"X-Error-Code": "GatedRepo", "X-Error-Message": "gated"}, body=body)
            elif path in (f"/api/models/{hub.name}", f"/api/models/{hub.name}/revision/{SHA}"):
                self._send(200, json.dumps(hub.listing()).encode(), {"Content-Type": "application/json"}, body=body)
            elif path.startswith(f"/api/models/{hub.name}/revision/"):
                self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"}, body=body)
            elif (name := path.removeprefix(f"/{hub.name}/resolve/{SHA}/")) in hub.files:
                self._file(name, body=body)
            else:
                self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body=body)

        def _file(self, name: str, *, body: bool) -> None:
            content = hub.files[name]
            etag = str(_lfs(name, content)["lfs"]["sha256"]) if _lfs(name, content) else git_name(content)  # type: ignore[index]
            if name in hub.forged:
                content = bytes(len(content))
            headers = {"ETag": f'"{etag}"', "X-Repo-Commit": SHA}
            self._send(200, content, headers, body=body, cut=name in hub.cut)

        def _send(self, status: int, content: bytes, headers: dict[str, str], *, body: bool, cut: bool = False) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if body:
                self.wfile.write(content[: len(content) // 2] if cut else content)
            self.close_connection = cut

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
