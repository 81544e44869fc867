"""The generator of scenes and captions keeps its own rules."""

from __future__ import annotations

from random import Random

import pytest

from imagend.sketch.layout import box_of, frame, overlap
from imagend.sketch.text import MAX_TOKENS, read
from training.captions import Captioned, random_pair
from training.facts import category, holds
from training.world import held_out

SPLITS = ("train", "test", "triples")


def pairs(split: str) -> list[Captioned]:
    rng = Random(3)
    return [random_pair(rng, split=split) for _ in range(150)]


@pytest.mark.parametrize("split", SPLITS)
def test_true_scenes_show_what_their_captions_state(split: str) -> None:
    for pair in pairs(split):
        for fact in pair.facts:
            for heading in category(fact):
                assert holds(fact, pair.scene, pair.aspect, heading), (pair.caption, fact)


@pytest.mark.parametrize("split", SPLITS)
def test_boxes_lie_inside_and_captions_fit(split: str) -> None:
    for pair in pairs(split):
        width, height = frame(pair.aspect)
        for thing in pair.scene.things:
            box = box_of(thing, pair.aspect)
            assert box.left > -0.04, (pair.caption, thing)
            assert box.right < width + 0.04, (pair.caption, thing)
            assert box.top <= height, (pair.caption, thing)
        assert len(read(pair.caption).tokens) < MAX_TOKENS


def test_unrelated_things_are_apart() -> None:
    for pair in pairs("train"):
        if any(fact[0] == "relation" for fact in pair.facts) or pair.negative or not pair.caption:
            continue
        boxes = [box_of(thing, pair.aspect) for thing in pair.scene.things]
        shared = [overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
        assert not pair.facts or sum(share > 0.6 for share in shared) <= 1, pair.caption


def test_training_never_sees_a_held_out_combination() -> None:
    seen = [(t.kind, t.color, pair.scene["place"]) for pair in pairs("train") for t in pair.scene.things]
    assert not any(held_out(*triple) for triple in seen)
    unseen = pairs("triples")
    assert all(held_out(p.scene.things[0].kind, p.scene.things[0].color, p.scene["place"]) for p in unseen)


def test_the_same_seed_writes_the_same_captions() -> None:
    assert [pair.caption for pair in pairs("train")] == [pair.caption for pair in pairs("train")]
