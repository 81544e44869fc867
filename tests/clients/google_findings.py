"""What the checks with Google's clients share. Runs in a client's environment: no Pillow, nothing of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.genai import errors

ENDINGS = {"image/png": "png", "image/jpeg": "jpeg", "image/webp": "webp"}


class Album:
    """Pictures that came, saved under names that say what the test must find in them: 1408x768 as PNG, say."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._count = 0

    def keep(self, data: bytes | None, mime: str | None, width: int, height: int) -> bytes:
        assert data
        assert mime in ENDINGS, mime
        self._count += 1
        (self._folder / f"{self._count:03}-{width}x{height}.{ENDINGS[mime]}").write_bytes(data)
        return data


def refused(call: Callable[[], Any], number: int, status: str, words: str) -> None:
    """The call raises the client's own error with what the server said."""
    error = _error(call)
    assert isinstance(error, errors.ClientError if number < 500 else errors.ServerError), error
    assert (error.code, error.status) == (number, status), error
    assert words in (error.message or ""), error


def _error(call: Callable[[], Any]) -> errors.APIError | None:
    try:
        call()
    except errors.APIError as error:
        return error
    return None
