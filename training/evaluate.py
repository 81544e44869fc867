"""Score the bundled model on held-out captions, without torch: `make evaluate`.

What a caption states is compared with the decoded scene. The ceiling is the score of the true scenes, the floor that of
scenes that belong to other captions.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from imagend.sketch.codes import SCENE_TOKENS, TOKEN_DIMENSIONS, Floats
from imagend.sketch.model import Caption, SketchModel
from imagend.sketch.scene import Scene
from training.captions import Captioned, Fact, random_pair
from training.facts import category, holds

GOALS = {
    "place": 0.97, "time": 0.97, "style": 0.97, "kind": 0.97, "count": 0.97, "text": 0.97, "color": 0.95,
    "relation": 0.90, "position": 0.90, "next_to apart": 0.90, "triples": 0.93, "negative": 0.90,
}  # fmt: skip
COLUMNS = ("model", "unguarded", "ceiling", "floor", "stated")
MARKS = ("<!-- scores -->", "<!-- /scores -->")
WORST_SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How pictures are made for scoring."""

    steps: int = 12
    guidance: float = 2.0


def sample(model: SketchModel, caption: Caption, negative: Caption, seed: int, settings: Settings) -> Scene:
    """One scene by flow-matching Euler steps from s = 1 to 0, as the network leaves it."""
    rng = np.random.default_rng(seed)
    x: Floats = rng.standard_normal((SCENE_TOKENS, TOKEN_DIMENSIONS)).astype(np.float32)
    levels = np.linspace(1.0, 0.0, settings.steps + 1)
    for s, after in itertools.pairwise(levels):
        clean = model.denoise(x, float(s), caption, negative, settings.guidance)
        x = (clean + (x - clean) * np.float32(after / s)).astype(np.float32)
    return model.decode(x)


def score(facts: list[tuple[Fact, ...]], scenes: list[Scene], aspects: list[float]) -> dict[str, tuple[int, int]]:
    """(facts that hold, facts stated) by category."""
    right: dict[str, int] = defaultdict(int)
    stated: dict[str, int] = defaultdict(int)
    for some, scene, aspect in zip(facts, scenes, aspects, strict=True):
        for fact in some:
            for name in category(fact):
                stated[name] += 1
                right[name] += holds(fact, scene, aspect, name)
    return {name: (right[name], stated[name]) for name in sorted(stated)}


def guarded(model: SketchModel, pair: Captioned, scene: Scene) -> Scene:
    return model.guard(scene, pair.aspect, model.encode(pair.caption, pair.aspect))


def sampled(model: SketchModel, pairs: list[Captioned], settings: Settings) -> list[Scene]:
    scenes = []
    for seed, pair in enumerate(pairs):
        caption = model.encode(pair.caption, pair.aspect)
        scenes.append(sample(model, caption, model.encode("", pair.aspect), seed, settings))
    return scenes


def shares(scores: dict[str, tuple[int, int]]) -> dict[str, float]:
    return {name: right / max(stated, 1) for name, (right, stated) in scores.items()}


def captions_report(model: SketchModel, number: int, settings: Settings, worst: bool) -> dict[str, dict[str, float]]:
    rng = Random("held out captions")
    pairs = [random_pair(rng, split="test") for _ in range(number)]
    facts, aspects = [pair.facts for pair in pairs], [pair.aspect for pair in pairs]
    true = [pair.scene for pair in pairs]
    alone = sampled(model, pairs, settings)
    scenes = [guarded(model, pair, scene) for pair, scene in zip(pairs, alone, strict=True)]
    if worst:
        _show_failures(pairs, scenes)
    return {
        "model": shares(score(facts, scenes, aspects)),
        "unguarded": shares(score(facts, alone, aspects)),
        "ceiling": shares(score(facts, true, aspects)),
        "floor": shares(score(facts, true[1:] + true[:1], aspects)),
        "stated": {name: float(stated) for name, (_, stated) in score(facts, true, aspects).items()},
    }


def _show_failures(pairs: list[Captioned], scenes: list[Scene]) -> None:
    shown = 0
    for pair, scene in zip(pairs, scenes, strict=True):
        failed = [
            fact for fact in pair.facts if not all(holds(fact, scene, pair.aspect, name) for name in category(fact))
        ]
        if failed and shown < WORST_SHOWN:
            shown += 1
            print(
                f"{pair.caption!r} misses {failed}\n    {[(t.kind, t.color, t.x, t.y, t.size) for t in scene.things]}"
            )


def triples_score(model: SketchModel, number: int, settings: Settings) -> float:
    """Share of unseen (kind, colour, place) captions whose kind, colour and place are all right."""
    rng = Random("held out triples")
    pairs = [random_pair(rng, split="triples") for _ in range(number)]
    scenes = sampled(model, pairs, settings)
    wanted = {"place", "kind", "color"}
    right = [
        all(holds(fact, scene, pair.aspect, str(fact[0])) for fact in pair.facts if fact[0] in wanted)
        for pair, scene in zip(pairs, scenes, strict=True)
    ]
    return sum(right) / number


def negative_score(model: SketchModel, number: int, settings: Settings) -> tuple[float, int]:
    """How often a negative prompt removes decor that stands there without it (same seed); and of how many cases."""
    rng = Random("negative prompts")
    removed = cases = 0
    for seed in range(number):
        pair = random_pair(rng, split="test")
        caption, empty = model.encode(pair.caption, pair.aspect), model.encode("", pair.aspect)
        before = sample(model, caption, empty, seed, settings)
        mentioned = set(pair.caption.lower().split())
        named = {str(fact[1]) for fact in pair.facts if len(fact) > 1}
        decor = [thing.kind for thing in before.things if thing.kind not in named | mentioned]
        if not decor or any(fact[0] in {"toys", "several"} for fact in pair.facts):
            continue
        kind = rng.choice(decor)
        negative = model.encode(kind, pair.aspect, negative=True)
        after = sample(model, caption, negative, seed, settings)
        cases += 1
        removed += all(thing.kind != kind for thing in after.things)
    return removed / max(cases, 1), cases


def report(model: SketchModel, number: int, settings: Settings, *, worst: bool = False) -> dict[str, object]:
    began = time.monotonic()
    table: dict[str, object] = {"captions": number, "steps": settings.steps, "guidance": settings.guidance}
    table |= captions_report(model, number, settings, worst)
    table["triples"] = triples_score(model, number // 3, settings)
    table["negative"], table["negative cases"] = negative_score(model, number // 2, settings)
    table["seconds"] = round(time.monotonic() - began, 1)
    table["weights"] = model.revision
    return table


def show(table: dict[str, object]) -> None:
    from rich.console import Console
    from rich.table import Table

    view = Table("fact", "model", "unguarded", "ceiling", "floor", "stated", "goal")
    columns: list[dict[str, float]] = [table[name] for name in COLUMNS]  # type: ignore[misc]
    model, alone, ceiling, floor, stated = columns
    for name in model:
        goal = GOALS.get(name)
        view.add_row(name, *(f"{part[name]:.3f}" for part in (model, alone, ceiling, floor)), f"{stated[name]:.0f}",
                     "" if goal is None else f"{goal:.2f}{'' if model[name] >= goal else '  missed'}")  # fmt: skip
    for name in ("triples", "negative"):
        value = table[name]
        assert isinstance(value, float)
        view.add_row(
            name, f"{value:.3f}", "", "", "", "", f"{GOALS[name]:.2f}{'' if value >= GOALS[name] else '  missed'}"
        )
    Console(width=100).print(view)


def write_card(table: dict[str, Any], card: Path) -> None:
    """Put the table between the card's two score marks."""
    lines = ["| fact | model | network alone | ceiling | floor | stated | goal |", "|---|---|---|---|---|---|---|"]
    for name in table["model"]:
        values = " | ".join(f"{table[column][name]:.3f}" for column in COLUMNS[:-1])
        lines.append(f"| {name} | {values} | {table['stated'][name]:.0f} | {_goal(name)} |")
    lines.append(f"| unseen triples | {table['triples']:.3f} | | | | | {_goal('triples')} |")
    cases = table["negative cases"]
    lines.append(f"| negative prompt removes | {table['negative']:.3f} | | | | {cases} | {_goal('negative')} |")
    settings = f"{table['captions']} captions, {table['steps']} steps, guidance {table['guidance']:g}"
    text = card.read_text()
    before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
    note = f"{settings}, weights `{table['weights']}`."
    card.write_text("\n\n".join((before + MARKS[0], note, "\n".join(lines), MARKS[1] + after)))


def _goal(name: str) -> str:
    return f"{GOALS[name]:.2f}" if name in GOALS else ""


def main() -> None:
    parser = argparse.ArgumentParser(description="Score the bundled model on held-out captions.")
    parser.add_argument("--captions", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--guidance", type=float, default=2.0)
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--json", type=Path, default=Path("docs/data/sketch-evaluation.json"))
    parser.add_argument("--card", type=Path, default=Path("docs/model-card.md"))
    parser.add_argument("--failures", action="store_true", help="print captions that were not followed")
    given = parser.parse_args()
    model = SketchModel.load(given.weights)
    table = report(model, given.captions, Settings(steps=given.steps, guidance=given.guidance), worst=given.failures)
    show(table)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(table, indent=1) + "\n")
    write_card(table, given.card)


if __name__ == "__main__":
    main()
