"""What a backend remembers of a picture is there at the picture's next evaluation, and nowhere else."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence

from imagend.engine.backend import Floats, Guide, PlainConditioning
from tests.engine.toy import ToyBackend, recipe, run_to_end, toy_engine


class Seen:
    def __init__(self) -> None:
        self.evaluations = 0


class RememberingBackend(ToyBackend):
    """Counts in each picture's memory how often it was asked for it."""

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[PlainConditioning]]) -> Floats:
        for guide in guides:
            guide.memory.setdefault("seen", Seen()).evaluations += 1
        self.batches.append(len({id(guide.memory) for guide in guides}))
        return super().denoise(latents, times, guides)


def test_each_picture_of_a_batch_has_a_memory_of_its_own_for_all_its_steps() -> None:
    backend = RememberingBackend()
    engine = toy_engine(backend)
    engine.add("a", recipe(count=2, steps=3))
    engine.step()
    engine.add("b", recipe(steps=4))
    engine.step()
    memories = [lane.memory["seen"].evaluations for lane in engine._lanes]
    assert backend.batches[0] == 2  # two pictures of one order share prompts, and no memory
    assert sorted(memories) == [1, 2, 2]


def test_it_is_gone_with_the_picture_whether_finished_or_cancelled() -> None:
    engine = toy_engine(RememberingBackend())
    engine.add("a", recipe(steps=2))
    engine.add("b", recipe(steps=5))
    engine.step()
    left = [weakref.ref(lane.memory["seen"]) for lane in engine._lanes]
    engine.cancel("b")
    run_to_end(engine)
    gc.collect()
    assert [memory() for memory in left] == [None, None]
