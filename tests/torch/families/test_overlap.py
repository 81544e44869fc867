"""Prompts read and pictures decoded in another thread, while the network runs: the pictures are the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from imagend.engine.backend import Pixels
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.load import over_pipeline
from imagend.engine.backends.torch_diffusers.side_stream import SideStream, lasting
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Finished, Progress
from imagend.workers.aside import AsideThread
from tests.torch.families.models import make
from tests.torch.families.painting import NAME, farthest, paint, recipe

ROUNDING = 1  # of 255: batches of other sizes sum in another order
MODEL = "qwen-image"  # its decoder keeps state while it works, and two must never meet in it


@pytest.fixture
def aside() -> Iterator[AsideThread]:
    thread = AsideThread(time.monotonic)
    yield thread
    thread.close()


def watched(tiny: TorchBackend) -> dict[str, set[str]]:
    """Verb -> names of the threads that it was called in."""
    seen: dict[str, set[str]] = {}
    for verb in ("encode", "encode_many", "denoise", "decode", "decode_many", "preview"):
        setattr(tiny, verb, _noting(seen, verb, getattr(tiny, verb)))
    return seen


def _noting(seen: dict[str, set[str]], verb: str, call: Any) -> Any:
    def noted(*arguments: Any) -> Any:
        seen.setdefault(verb, set()).add(threading.current_thread().name)
        return call(*arguments)

    return noted


def paint_beside(tiny: TorchBackend, aside: AsideThread, recipes: Sequence[Any]) -> tuple[list[Pixels], int]:
    """The first picture of each, which come one after the other; and how many previews came."""
    engine = Engine({NAME: tiny}, beside=aside)
    found: dict[str, Pixels] = {}
    previews, waiting = 0, list(enumerate(recipes))
    while waiting or not engine.idle:
        for number, one in waiting[:2]:
            engine.add(str(number), one, previews=3)
        waiting = waiting[2:]
        for event in engine.step():
            assert not isinstance(event, Broken), event
            previews += isinstance(event, Progress) and event.preview is not None
            if isinstance(event, Finished):
                found.setdefault(event.ticket, event.pixels)
    return [found[str(number)] for number in range(len(recipes))], previews


def test_pictures_are_the_same_and_no_two_threads_meet_in_a_module(aside: AsideThread) -> None:
    pipeline = make(MODEL)
    tiny = over_pipeline(pipeline, NAME, revision="random", device="cpu", overlap=True)
    recipes = [recipe(tiny, seed=n, steps=2 + n % 4, prompt=f"a red kite {n % 3}") for n in range(8)]
    alone = paint(over_pipeline(pipeline, NAME, revision="random", device="cpu"), recipes)
    seen = watched(tiny)
    pictures, previews = paint_beside(tiny, aside, recipes)
    assert max(farthest(one, other) for one, other in zip(pictures, alone, strict=True)) <= ROUNDING
    assert previews >= 1
    here = threading.current_thread().name
    assert seen.pop("denoise") == {here}
    assert set().union(*seen.values()) == {"aside"}


def test_without_overlap_everything_stays_in_one_thread(aside: AsideThread) -> None:
    tiny = over_pipeline(make("z-image"), NAME, revision="random", device="cpu")
    seen = watched(tiny)
    paint_beside(tiny, aside, [recipe(tiny, steps=2)])
    assert set().union(*seen.values()) == {threading.current_thread().name}


def test_a_device_without_streams_needs_none() -> None:
    with SideStream(torch.device("cpu")).entered():
        whole = torch.arange(6.0).reshape(2, 3)
        row = lasting(whole[1])
    assert row.untyped_storage().nbytes() == 3 * 4
    np.testing.assert_array_equal(row.numpy(), [3, 4, 5])
