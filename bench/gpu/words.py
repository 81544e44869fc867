"""Prompts and the tokenizers that read them, made here: they know letters and a few whole words."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

PROMPT = "a {} lighthouse on a rocky coast at dusk, warm light in one window"
KINDS = ("red", "tall", "white", "ruined", "distant", "striped", "wooden", "stone", "small", "leaning")
NEGATIVE = "blurry, low quality"


def prompt(number: int) -> str:
    """One that no other number below a thousand has, so that no memory of prompts answers for it; all of one length, or
    nearly."""
    return PROMPT.format(" ".join(KINDS[number // place % len(KINDS)] for place in (1, 10, 100)))


def tokenizer(kind: str) -> Any:
    """clip, t5, qwen or gemma. Those that are padded to a length read as many tokens as the published ones."""
    from tests.torch.families import words

    makers: dict[str, Callable[[], Any]] = {
        "clip": words.clip_tokenizer, "t5": words.t5_tokenizer, "qwen": words.qwen_tokenizer, "gemma": _gemma,
    }  # fmt: skip
    return makers[kind]()


def _gemma() -> Any:
    """Knows the words of SANA's published instruction, which would be thousands of letters."""
    from diffusers import SanaSprintPipeline

    from tests.torch.families import words

    made = words.gemma_tokenizer()
    lines = inspect.signature(SanaSprintPipeline.__call__).parameters["complex_human_instruction"].default
    made.add_tokens(sorted(set(re.findall(r"[A-Za-z]+|[^A-Za-z\s]", " ".join(lines)))))
    return made
