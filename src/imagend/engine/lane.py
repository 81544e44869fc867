"""One picture in flight (Lane) and the order that it belongs to (Order)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from imagend.core.recipe import Recipe
from imagend.engine.advance import Latents
from imagend.engine.backend import Backend, Describing, Encoding, Floats, Guide, Pixels, SideBySide, Stage
from imagend.engine.noise import first_noise, step_noise
from imagend.engine.schedule import Float64s
from imagend.engine.table import Plan, S

Group = tuple[str, Hashable]
"""Backend and key of the latent shape: all that pictures must agree in to share a batch."""


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """What one `add` asked for."""

    ticket: str
    recipe: Recipe
    backend: Backend[Any]
    plan: Plan
    share: str = ""  # whose compute time it is
    shown_after: frozenset[int] = frozenset()  # a preview is drawn after so many evaluations of the first picture
    guide: Guide[Any] | None = None  # set by the engine before or in the first tick of the order
    done: int = 0  # evaluations
    left: int = field(init=False)  # pictures
    reads_apart: bool = field(init=False)  # its prompts are read in a step of their own
    beside: frozenset[Stage] = field(init=False)  # what its backend may do beside the steps

    def __post_init__(self) -> None:
        self.left = self.recipe.count
        self.reads_apart = isinstance(self.backend, Encoding)
        self.beside = self.backend.beside if isinstance(self.backend, SideBySide) else frozenset()

    @property
    def is_unread(self) -> bool:
        return self.guide is None and self.reads_apart

    @property
    def total(self) -> int:
        return self.recipe.count * len(self.plan.rows)

    @property
    def guided(self) -> Guide[Any]:
        assert self.guide is not None
        return self.guide

    @property
    def not_applied(self) -> tuple[str, ...]:
        """Fields of the recipe that the model drew without."""
        return ("negative_prompt",) if self.recipe.negative_prompt and self.guided.negative is None else ()

    def watch(self, previews: int) -> None:
        """Spread so many previews evenly, none at the start and none of the finished picture."""
        rows = len(self.plan.rows)
        wanted = {round(number * rows / (previews + 1)) for number in range(1, previews + 1)}
        self.shown_after = frozenset(wanted - {0, rows})

    def show(self, clean: Floats) -> tuple[Pixels, tuple[str, ...]]:
        """A preview, and what the backend says that it shows."""
        pixels = self.backend.preview(clean, self.guided.positive, self.recipe.width, self.recipe.height)
        return pixels, self._describe(clean)

    def decode(self, clean: Floats) -> tuple[Pixels, tuple[str, ...]]:
        """The picture of one clean latent, and what the backend says that it shows; ValueError if it returned
        something else than asked."""
        return self.check(
            self.backend.decode(clean, self.guided.positive, self.recipe.width, self.recipe.height), clean
        )

    def check(self, pixels: Pixels, clean: Floats) -> tuple[Pixels, tuple[str, ...]]:
        """As `decode`, of a latent that was decoded already."""
        width, height = self.recipe.width, self.recipe.height
        if pixels.shape != (height, width, 3) or pixels.dtype != np.uint8:
            raise ValueError(f"decoded {pixels.dtype} {pixels.shape}, not uint8 {(height, width, 3)}")
        return pixels, self._describe(clean)

    def _describe(self, clean: Floats) -> tuple[str, ...]:
        if not isinstance(self.backend, Describing):
            return ()
        return self.backend.describe(clean, self.guided.positive, self.recipe.width, self.recipe.height)


@dataclass(slots=True, kw_only=True, eq=False)
class Lane:
    """The state of a picture is its row number and its latents; it may rest between any two steps."""

    order: Order
    index: int
    group: Group
    shape: tuple[int, ...]  # of its latent
    deadline: tuple[int, int]  # see `batch`; the second number breaks ties by arrival
    evaluations: int = 0  # made so far; the number of the next row
    latents: Latents = field(init=False)  # of one picture: the leading axis has length 1
    memory: dict[str, Any] = field(default_factory=dict)  # the backend's; see `Guide`

    def __post_init__(self) -> None:
        x = np.float32(self.order.plan.start_scale) * first_noise(self.seed, self.shape)
        history = np.zeros((1, 3, *self.shape), np.float32)
        self.latents = Latents(x=x[None], anchor=np.zeros_like(x)[None], history=history)

    @property
    def guide(self) -> Guide[Any]:
        """The order's, with what the backend remembers of this picture."""
        return replace(self.order.guided, memory=self.memory)

    @property
    def seed(self) -> int:
        return self.order.recipe.image_seed(self.index)

    @property
    def row(self) -> Float64s:
        row: Float64s = self.order.plan.rows[self.evaluations]
        return row

    @property
    def is_denoised(self) -> bool:
        return self.evaluations == len(self.order.plan.rows)

    @property
    def wants_preview(self) -> bool:
        return self.index == 0 and self.evaluations in self.order.shown_after

    def draw_noise(self) -> Floats:
        """The noise that the next row adds; zeros, at no cost, where the row adds none."""
        if not self.row[S]:
            return np.zeros(self.shape, np.float32)
        return step_noise(self.seed, self.evaluations, self.shape)
