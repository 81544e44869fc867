"""Guidance by stacking, the memory of prompts, and opening backends by name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from imagend.engine.backend import Floats, Guide, PlainConditioning, guided_by_stacking
from imagend.engine.backends import NAMES, open_backend
from imagend.engine.engine import Engine
from imagend.engine.prompts import Prompts
from tests.engine.toy import ToyBackend, finished, recipe, run_to_end


def conditioning(value: float) -> PlainConditioning:
    return PlainConditioning(embedding=np.array([value], np.float32))


def test_stacking_mixes_per_picture_and_asks_no_more_than_needed() -> None:
    sizes = []

    def network(latents: Floats, times: Floats, conditionings: Sequence[PlainConditioning]) -> Floats:
        sizes.append(len(latents))
        return latents + times[:, None] + np.stack([one.embedding for one in conditionings])

    guides = [
        Guide(positive=conditioning(10), negative=conditioning(4), scale=3.0),
        Guide(positive=conditioning(20), negative=None, scale=1.0),
        Guide(positive=conditioning(30), negative=conditioning(30), scale=7.0),
    ]
    out = guided_by_stacking(network, np.array([[1], [2], [3]], np.float32), np.float32([0.1, 0.2, 0.3]), guides)
    np.testing.assert_allclose(out.ravel(), [1.1 + 4 + 3 * 6, 22.2, 33.3], rtol=1e-6)
    assert out.dtype == np.float32
    assert sizes == [5]


def test_prompts_forget_the_one_that_was_used_longest_ago() -> None:
    backend, prompts = ToyBackend(), Prompts(entries=2)
    for prompt in ("one", "two", "one", "three", "one", "two"):
        prompts.guides(backend, [recipe(prompt=prompt, guidance_scale=1.0)])
    assert backend.encoded == ["one", "two", "three", "two"]


def test_a_prompt_is_read_anew_for_another_size() -> None:
    backend, prompts = ToyBackend(), Prompts()
    for width in (128, 256, 128):
        prompts.guides(backend, [recipe(width=width, guidance_scale=1.0)])
    assert len(backend.encoded) == 2


def test_the_backend_that_does_nothing_does_it_in_the_right_size() -> None:
    engine = Engine({"noop": open_backend("noop")})
    engine.add("a", recipe(backend="noop", width=96, height=64), previews=3)
    assert set(finished(run_to_end(engine))["a", 0].pixels.ravel()) == {128}


def test_unknown_backends_are_refused_by_name() -> None:
    with pytest.raises(KeyError, match="sketch"):
        open_backend("nowhere")
    assert "noop" in NAMES


def test_importing_the_engine_loads_no_model() -> None:
    program = f"import sys; sys.path[:0] = {sys.path!r}; import imagend.engine.engine, imagend.engine.backends"
    program += "; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "imagend.engine.backends" in loaded
    assert not {"torch", "resvg_py", "imagend.engine.backends.sketch", "imagend.engine.backends.noop"} & set(loaded)
