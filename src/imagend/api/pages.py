"""The web pages: playground, gallery, operations. Static files under a policy that loads nothing from elsewhere.

GET /ui                  the one document; also GET / of a browser
GET /ui/{build}/{name}   what it loads; `build` is a digest of all files, so that each may be kept for ever
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from imagend.api.errors import RouteMissing
from imagend.api.routes import only

DOCUMENT = "index.html"
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_FOR_EVER = "public, max-age=31536000, immutable"


def policy(picture_origins: tuple[str, ...] = ()) -> str:
    """Content-Security-Policy. picture_origins: where links to pictures lead, if not here."""
    pictures = " ".join(("'self'", "data:", *picture_origins))
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    plain: bytes
    zipped: bytes
    media_type: str
    etag: str


class Pages:
    """files: name -> bytes of the folder `web`, with DOCUMENT among them. keyless: callers need no key (open mode)."""

    def __init__(
        self, files: Mapping[str, bytes], *, version: str, keyless: bool = False, picture_origins: tuple[str, ...] = ()
    ) -> None:
        self._build = hashlib.sha256(b"".join(name.encode() + files[name] for name in sorted(files))).hexdigest()[:16]
        self._files = {name: _file(name, data) for name, data in files.items() if name != DOCUMENT}
        modules = "\n".join(
            f'    <link rel="modulepreload" href="{{root}}{name}">' for name in sorted(files) if name.endswith(".js")
        )
        text = files[DOCUMENT].decode().replace("<!-- modules -->", modules.lstrip())
        self._document = text.replace("{version}", escape(version)).replace("{keyless}", str(keyless).lower())
        self._headers = {
            "content-security-policy": policy(picture_origins),
            "cross-origin-opener-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "referrer-policy": "no-referrer",
            "vary": "accept, accept-encoding",
        }

    def routes(self) -> list[BaseRoute]:
        return [*only("/ui", self.document, "GET"), *only("/ui/{build}/{name}", self.file, "GET")]

    async def document(self, request: Request) -> Response:
        """Paths in it are relative to the address as the browser has it: a proxy may have put something before it."""
        seen = request.scope.get("raw_path", request.scope["path"].encode())
        above = "" if seen.endswith(b"/ui/") else "ui/"
        page = _file(DOCUMENT, self._document.replace("{root}", f"{above}{self._build}/").encode())
        return self._answer(request, page, "no-cache")

    async def file(self, request: Request) -> Response:
        file = self._files.get(request.path_params["name"])
        if file is None or request.path_params["build"] != self._build:
            raise RouteMissing
        return self._answer(request, file, _FOR_EVER)

    def _answer(self, request: Request, file: _File, keeping: str) -> Response:
        headers = {**self._headers, "cache-control": keeping, "etag": file.etag, "content-type": file.media_type}
        if file.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(file.zipped, headers=headers | {"content-encoding": "gzip"})
        return Response(file.plain, headers=headers)


def wants_page(request: Request) -> bool:
    """A browser that opens an address, and no program: those accept anything."""
    return "text/html" in request.headers.get("accept", "")


def _file(name: str, data: bytes) -> _File:
    return _File(
        plain=data,
        zipped=gzip.compress(data, 9, mtime=0),
        media_type=_TYPES[name.rpartition(".")[2]],
        etag=f'W/"{hashlib.sha256(data).hexdigest()[:16]}"',
    )
