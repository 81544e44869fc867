"""Log lines on stderr: time, level, room, message. Never prompts, keys or tokens."""

from __future__ import annotations

import logging


def set_up_logging(level: str) -> None:
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
