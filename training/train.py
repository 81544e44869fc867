"""Train the bundled model from nothing on a CPU: `make train`, or `python -m training.train --help`.

Flow matching (X. Liu et al., arXiv 2209.03003; Y. Lipman et al., arXiv 2210.02747) over codes: x_s = (1 - s) x0 + s z,
cross-entropy of every field given x_s and the caption. The learning rate falls linearly with the share of the time
budget that has passed, so a shared machine ends on time.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from imagend.sketch.codes import GLOBAL_TOKENS, LAYOUT
from imagend.sketch.net import Shape
from training.feed import DATA_VERSION, Arrays, batches
from training.model import SketchNet
from training.muon import Muon


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that decides a run."""

    out: str = "training/runs/sketch"
    minutes: float = 48.0
    batch: int = 96  # captions in a step
    draws: int = 4  # noise draws for each caption
    seed: int = 21
    muon_rate: float = 0.02
    adam_rate: float = 2e-3
    warm_up: int = 40  # steps
    average: float = 0.99  # decay of the averaged weights
    save_minutes: float = 3.0
    start_from: str = ""  # a checkpoint whose weights a new run begins with
    threads: int = 2
    compiled: bool = True  # faster, after a few minutes of compiling


#: How much an error in a field costs; the looks that no caption can ask for cost little.
WEIGHTS = {
    "kind": 3.0, "x": 2.5, "y": 2.5, "flip": 0.1, "variant": 0.1,
    "place": 3.0, "time": 2.0, "weather": 2.0, "style": 3.0,
    "trees": 2.0, "flowers": 2.0, "clouds": 2.0, "sun": 2.0, "hills": 2.0, "rocks": 2.0,
}  # fmt: skip
MOST_SIGNAL = 0.88  # below s = 0.12 the noisy codes alone decide; nothing is left to learn
EMPTY_SLOT = 0.03  # weight of the fields of a slot that holds nothing


class Trainer:
    def __init__(self, config: Config) -> None:
        self.config = config
        torch.manual_seed(config.seed)
        self.net = SketchNet(Shape())
        self.average = {name: weight.detach().clone() for name, weight in self.net.named_parameters()}
        inner = [w for n, w in self.net.named_parameters() if w.ndim == 2 and "blocks" in n and "modulation" not in n]
        known = {id(weight) for weight in inner}
        outer = [weight for weight in self.net.parameters() if id(weight) not in known]
        self.muon = Muon(inner, lr=config.muon_rate)
        self.adam = torch.optim.AdamW(outer, lr=config.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
        self.steps, self.chunk, self.spent = 0, 0, 0.0
        self.measure = torch.compile(self.loss, dynamic=False) if config.compiled else self.loss

    def run(self) -> None:
        """Train until the time budget is spent; saves checkpoints on the way and at the end."""
        last, saved, recent = time.monotonic(), 0.0, 0.0
        for chunk, arrays in batches(self.config.seed, self.chunk, self.config.batch):
            self.chunk = chunk
            share = self.spent / (60 * self.config.minutes)
            if share >= 1:
                break
            loss = self.step(arrays, share)
            now = time.monotonic()
            self.spent, last = self.spent + now - last, now
            recent = loss if recent == 0 else 0.97 * recent + 0.03 * loss
            if self.steps % 25 == 0:
                print(f"{self.spent / 60:6.2f} min  step {self.steps}  loss {recent:.4f}", flush=True)
            if self.spent - saved > 60 * self.config.save_minutes:
                saved = self.spent
                self.save()
        self.save()

    def step(self, arrays: Arrays, share: float) -> float:
        warm = min(1.0, (self.steps + 1) / self.config.warm_up)
        for optimizer, rate in ((self.muon, self.config.muon_rate), (self.adam, self.config.adam_rate)):
            optimizer.param_groups[0]["lr"] = rate * warm * (1 - share)
        tokens, scenes, aspects = (torch.from_numpy(part) for part in arrays)
        loss = self.measure(tokens.long(), scenes.long(), aspects)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.muon.step()
        self.adam.step()
        self.net.zero_grad(set_to_none=True)
        self.steps += 1
        decay = min(self.config.average, (1 + self.steps) / (20 + self.steps))
        with torch.no_grad():
            for name, weight in self.net.named_parameters():
                self.average[name].lerp_(weight, 1 - decay)
        return float(loss.detach())

    def loss(self, tokens: Tensor, scenes: Tensor, aspects: Tensor) -> Tensor:
        """Weighted cross-entropy over all fields, for `draws` noise levels of each caption."""
        draws = self.config.draws
        clean = latents(self.net, scenes).repeat_interleave(draws, 0)
        scenes, aspects = scenes.repeat_interleave(draws, 0), aspects.repeat_interleave(draws, 0)
        u = (torch.rand(len(clean) // draws, 1) + torch.arange(draws) / draws) % 1.0
        s = 1 - MOST_SIGNAL * u.flatten() ** 1.4
        noisy = (1 - s)[:, None, None] * clean + s[:, None, None] * torch.randn_like(clean)
        words, mask = self.net.read(tokens)
        learned = self.net(noisy, s, aspects, words, mask)
        logits = [a + b for a, b in zip(learned, self.net.evidence(noisy, s), strict=True)]
        return weighted_loss(logits, scenes)

    def save(self) -> None:
        folder = Path(self.config.out)
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "net": self.net.state_dict(), "average": self.average, "muon": self.muon.state_dict(),
            "adam": self.adam.state_dict(), "steps": self.steps, "chunk": self.chunk, "spent": self.spent,
            "config": asdict(self.config), "data": DATA_VERSION, "torch": torch.get_rng_state(),
        }  # fmt: skip
        torch.save(state, folder / "checkpoint.tmp")
        (folder / "checkpoint.tmp").replace(folder / "checkpoint.pt")
        (folder / "run.json").write_text(json.dumps(asdict(self.config) | {"steps": self.steps, "spent": self.spent}))

    def resume(self) -> None:
        """Go on where this run's checkpoint stands, or begin with another run's weights."""
        own = Path(self.config.out) / "checkpoint.pt"
        if own.exists():
            state = torch.load(own, weights_only=True)
            self.muon.load_state_dict(state["muon"])
            self.adam.load_state_dict(state["adam"])
            self.steps, self.chunk, self.spent = state["steps"], state["chunk"] + 1, state["spent"]
            torch.set_rng_state(state["torch"])
        elif self.config.start_from:
            state = torch.load(self.config.start_from, weights_only=True)
        else:
            return
        self.net.load_state_dict(state["net"])
        self.average = state["average"]


def latents(net: SketchNet, scenes: Tensor) -> Tensor:
    """Codes of scene indices [B, 12, 10] as float32 [B, 12, 40]."""
    tokens = []
    for kind, fields_ in enumerate(LAYOUT):
        part = scenes[:, kind] if kind < GLOBAL_TOKENS else scenes[:, GLOBAL_TOKENS:]
        rows = part[..., : len(fields_)] + torch.tensor([f.logit for f in fields_])
        token = net.get_buffer(f"codes{kind}")[rows].sum(-2)
        tokens.append(token if kind >= GLOBAL_TOKENS else token[:, None])
    return torch.cat(tokens, dim=1)


def weighted_loss(logits: list[Tensor], scenes: Tensor) -> Tensor:
    total, weight_sum = torch.zeros(()), 0.0
    for kind, fields_ in enumerate(LAYOUT):
        part = scenes[:, kind] if kind < GLOBAL_TOKENS else scenes[:, GLOBAL_TOKENS:]
        for column, field in enumerate(fields_):
            answer = part[..., column]
            losses = F.cross_entropy(
                logits[kind][..., field.logit : field.logit + field.values].flatten(0, -2),
                answer.flatten(),
                reduction="none",
            )
            weight = WEIGHTS.get(field.name, 1.0)
            if kind == GLOBAL_TOKENS and field.name != "kind":
                filled = (part[..., 0] != 0).flatten()
                losses = losses * torch.where(filled, 1.0, EMPTY_SLOT)
            rows = 10 if kind == GLOBAL_TOKENS else 1
            total = total + weight * rows * losses.mean()
            weight_sum += weight * rows
    return total / weight_sum


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the bundled model.")
    for field in fields(Config):
        kind: dict[str, Any] = {"type": type(field.default)}
        if isinstance(field.default, bool):
            kind = {"action": argparse.BooleanOptionalAction}
        parser.add_argument(f"--{field.name.replace('_', '-')}", default=field.default, **kind)
    config = Config(**vars(parser.parse_args()))
    torch.set_num_threads(config.threads)
    trainer = Trainer(config)
    trainer.resume()
    trainer.run()
    print(f"to use these weights: python -m training.export {config.out}/checkpoint.pt")


if __name__ == "__main__":
    main()
