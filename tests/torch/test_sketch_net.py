"""The numpy network computes what the torch network that was trained computes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from imagend.sketch.model import WEIGHTS, SketchModel
from imagend.sketch.net import Shape
from imagend.sketch.text import padded
from training.model import SketchNet
from training.train import Config, Trainer

PROMPT = "two red dogs to the left of a castle in a meadow at night, watercolor"


@pytest.mark.parametrize("s", [1.0, 0.6, 0.2])
@pytest.mark.parametrize("aspect", [9 / 16, 1.0, 16 / 9])
def test_numpy_agrees_with_torch(s: float, aspect: float) -> None:
    net = SketchNet(Shape())
    net.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
    model = SketchModel.load()
    caption = model.encode(PROMPT, aspect)
    x = np.random.default_rng(3).standard_normal((12, 40)).astype(np.float32)
    ours = model.denoise(x, s, caption, None, 1.0)
    with torch.no_grad():
        words, mask = net.read(torch.tensor([padded(caption.words.tokens)]))
        inputs = torch.from_numpy(x)[None], torch.tensor([s])
        learned = net(*inputs, torch.tensor([math.log(aspect)]), words, mask)
        logits = [(a + b)[0].numpy() for a, b in zip(learned, net.evidence(*inputs), strict=True)]
    theirs = model.clean(tuple(np.atleast_2d(part) for part in logits))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_few_steps_of_training_lower_the_loss() -> None:
    torch.set_num_threads(1)
    trainer = Trainer(Config(compiled=False, warm_up=2))
    rng = np.random.default_rng(0)
    arrays = (
        rng.integers(1, 100, (8, 12)).astype(np.uint8),
        np.zeros((8, 12, 10), dtype=np.uint8),
        np.zeros(8, dtype=np.float32),
    )
    losses = [trainer.step(arrays, 0.0) for _ in range(8)]
    assert losses[-1] < 0.8 * losses[0]
