"""Train the tiny model from nothing on one core: `python -m training.tiny.train` (about a quarter of an hour).

First the autoencoder, then the denoiser by flow matching (Y. Lipman et al., arXiv 2210.02747; noise levels logit-normal
as in P. Esser et al., arXiv 2403.03206) on its latents; one sentence in eight is left out, for guidance. The number of
steps is fixed, so the same command gives the same weights on the same machine.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from training.muon import Muon
from training.tiny.parts import assembled, autoencoder, read, text_encoder, tokenizer, transformer
from training.tiny.scenes import pictures

Line = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that decides a run."""

    out: str = "training/tiny/weights"
    seed: int = 5
    pictures: int = 6000
    width: int = 144
    layers: int = 6
    vae_steps: int = 500
    vae_batch: int = 8
    vae_rate: float = 3e-3
    steps: int = 1100
    batch: int = 24
    muon_rate: float = 0.02
    adam_rate: float = 2e-3
    average: float = 0.995  # decay of the averaged weights
    unsaid: float = 0.125  # share of sentences that are left out
    half: bool = True  # matrix products in bfloat16


def shaped(drawn: Any) -> Tensor:
    """uint8 [N, h, w, 3] -> float32 [N, 3, h, w] from -1 to 1."""
    return torch.from_numpy(drawn).permute(0, 3, 1, 2).float() / 127.5 - 1


def trained_autoencoder(config: Config, drawn: Any, lines: list[Line]) -> Any:
    """Reconstructs; what is decoded is a little noisy, so that small errors of the denoiser stay small."""
    vae = autoencoder()
    adam = torch.optim.AdamW(vae.parameters(), lr=config.vae_rate, betas=(0.9, 0.98), weight_decay=0.0)
    rng = np.random.default_rng(config.seed)
    for step in range(config.vae_steps):
        adam.param_groups[0]["lr"] = config.vae_rate * _rate(step, config.vae_steps)
        x = shaped(drawn[rng.integers(len(drawn), size=config.vae_batch)])
        z = vae.encode(x).latent_dist.mode()
        again = vae.decode(z + 0.1 * torch.randn_like(z)).sample
        loss = F.mse_loss(again, x) + 0.2 * F.l1_loss(again, x) + 1e-3 * (z.square().mean() - 1) ** 2
        _take(adam, vae.parameters(), loss)
        _note(lines, "autoencoder", step, F.mse_loss(again, x))
    return vae.eval()


@torch.no_grad()
def latents_of(vae: Any, drawn: Any) -> Tensor:
    """Of all pictures, float32 [N, channels, h, w]; the autoencoder then knows how to bring them to unit variance."""
    found = torch.cat([vae.encode(shaped(part)).latent_dist.mode() for part in np.array_split(drawn, len(drawn) // 50)])
    vae.register_to_config(shift_factor=float(found.mean()), scaling_factor=float(1 / found.std()))
    return (found - found.mean()) / found.std()


class Denoising:
    """The denoiser's training; `average` is what is kept in the end."""

    def __init__(self, config: Config, network: Any) -> None:
        self._config = config
        self._net = network
        self._average = {name: weight.detach().clone() for name, weight in network.named_parameters()}
        blocks = ("layers.", "noise_refiner.", "context_refiner.")
        inner = [w for name, w in network.named_parameters() if w.ndim == 2 and name.startswith(blocks)]
        known = {id(weight) for weight in inner}
        self._muon = Muon(inner, lr=config.muon_rate)
        outer = [weight for weight in network.parameters() if id(weight) not in known]
        self._adam = torch.optim.AdamW(outer, lr=config.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)

    def step(self, number: int, clean: Tensor, words: list[Tensor]) -> Tensor:
        rate = _rate(number, self._config.steps)
        self._muon.param_groups[0]["lr"] = self._config.muon_rate * rate
        self._adam.param_groups[0]["lr"] = self._config.adam_rate * rate
        with torch.autocast("cpu", torch.bfloat16, enabled=self._config.half):
            loss = self._loss(clean, words)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        for optimizer in (self._muon, self._adam):
            optimizer.step()
        self._net.zero_grad(set_to_none=True)
        self._follow(min(self._config.average, (1 + number) / (10 + number)))
        return loss.detach()

    def _loss(self, clean: Tensor, words: list[Tensor]) -> Tensor:
        """The network is told the share of the picture, 1 - s, and answers from noise to picture."""
        s = torch.sigmoid(torch.randn(len(clean)))
        noise = torch.randn_like(clean)
        share = s[:, None, None, None]
        noisy = (1 - share) * clean + share * noise
        out = self._net(list(noisy[:, :, None]), 1 - s, words, return_dict=False)[0]
        return F.mse_loss(torch.stack(out)[:, :, 0].float(), clean - noise)

    @torch.no_grad()
    def _follow(self, decay: float) -> None:
        for name, weight in self._net.named_parameters():
            self._average[name].lerp_(weight, 1 - decay)

    def finish(self) -> None:
        self._net.load_state_dict(self._average)


def _rate(step: int, steps: int) -> float:
    """Rises for thirty steps, then falls along a line."""
    return min(1.0, (step + 1) / 30) * (1 - step / steps)


def _take(optimizer: Any, weights: Any, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    optimizer.step()


def _note(lines: list[Line], part: str, step: int, loss: Tensor) -> None:
    lines.append({"step": step, "loss": float(loss.detach())})
    if step % 50 == 49:
        recent = [line["loss"] for line in lines[-50:]]
        print(f"{time.process_time() / 60:6.2f} min  {part} step {step + 1}  loss {np.mean(recent):.4f}", flush=True)


def train(config: Config) -> None:
    torch.manual_seed(config.seed)
    drawn, sentences = pictures(config.seed, config.pictures)
    print(f"{time.process_time() / 60:6.2f} min  {len(drawn)} pictures", flush=True)
    first: list[Line] = []
    vae = trained_autoencoder(config, drawn, first)
    latents = latents_of(vae, drawn)
    network = transformer(config.width, config.layers)
    pipeline = assembled(vae, network, text_encoder(len(tokenizer())))
    torch.nn.init.normal_(pipeline.text_encoder.embed_tokens.weight)
    second = _denoising(config, pipeline, latents, sentences)
    out = Path(config.out)
    pipeline.to(torch.bfloat16).save_pretrained(out)
    record = {"config": asdict(config), "minutes": time.process_time() / 60, "threads": torch.get_num_threads()}
    means = {name: _means(lines) for name, lines in (("autoencoder", first), ("denoiser", second))}
    (out / "training.json").write_text(json.dumps(record | {"loss": means}, indent=1) + "\n")


def _denoising(config: Config, pipeline: Any, latents: Tensor, sentences: list[str]) -> list[Line]:
    known = {text: read(pipeline, [text])[0] for text in ("", *dict.fromkeys(sentences))}
    rng = np.random.default_rng(config.seed + 1)
    work = Denoising(config, pipeline.transformer)
    lines: list[Line] = []
    for step in range(config.steps):
        rows = rng.integers(len(latents), size=config.batch)
        said = ["" if rng.random() < config.unsaid else sentences[row] for row in rows]
        _note(lines, "denoiser", step, work.step(step, latents[rows], [known[text] for text in said]))
    work.finish()
    return lines


def _means(lines: list[Line]) -> list[float]:
    """Of every hundred steps."""
    losses = [line["loss"] for line in lines]
    return [round(float(np.mean(losses[start : start + 100])), 4) for start in range(0, len(losses), 100)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the tiny model.")
    for field in fields(Config):
        kind: dict[str, Any] = {"type": type(field.default)}
        if isinstance(field.default, bool):
            kind = {"action": argparse.BooleanOptionalAction}
        parser.add_argument(f"--{field.name.replace('_', '-')}", default=field.default, **kind)
    torch.set_num_threads(1)
    train(Config(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
