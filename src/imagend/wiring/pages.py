"""The files of the web pages, as they lie in the package."""

from __future__ import annotations

from importlib.resources import files
from urllib.parse import urlsplit

from imagend.settings import Settings


def page_files(settings: Settings) -> dict[str, bytes]:
    """Name -> bytes; nothing with `web` off."""
    if not settings.web:
        return {}
    return {file.name: file.read_bytes() for file in (files("imagend") / "web").iterdir() if file.is_file()}


def picture_origins(settings: Settings) -> tuple[str, ...]:
    """Origins, besides this server's, that links to pictures lead to."""
    if settings.picture_links != "store":
        return ()
    if not settings.object_store_endpoint:
        return ("https://*.amazonaws.com",)
    store = urlsplit(settings.object_store_endpoint)
    beneath = () if settings.object_store_path_style else (f"{store.scheme}://*.{store.netloc}",)
    return (f"{store.scheme}://{store.netloc}", *beneath)
