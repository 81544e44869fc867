"""Recipe: everything needed to make the pictures again, fully resolved at the door."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from imagend.core.loras import named

SAFETY_LEVELS = ("BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE")
PEOPLE_POLICIES = ("ALLOW_ADULT", "ALLOW_ALL", "DONT_ALLOW")
OUTPUT_FORMATS = ("jpeg", "png", "webp")
WISHES = ("negative_prompt", "steps", "guidance_scale", "scheduler", "seed")  # what a model may have no use for
MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyPolicy:
    """What the caller allows; enforced on the prompt and on the pictures."""

    level: str = "BLOCK_MEDIUM_AND_ABOVE"  # one of SAFETY_LEVELS
    people: str = "ALLOW_ADULT"  # one of PEOPLE_POLICIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One customer's order in the engine's words: no ratio strings, no -1, no None, no account, no dialect.

    Picture `i` of `count` is made with seed `(seed + i) mod 2**31`.
    """

    model: str  # the slug that was asked for
    backend: str  # the engine backend that serves it
    prompt: str
    negative_prompt: str  # "" for none
    width: int  # pixels of the returned picture, exactly
    height: int
    steps: int  # 1..100; PNDM evaluates the model once more
    guidance_scale: float  # 1 turns classifier-free guidance off
    scheduler: str  # a name of engine.plan.SAMPLERS
    seed: int  # 0..2**31-1
    count: int = 1
    output_format: str = "jpeg"  # one of OUTPUT_FORMATS
    quality: int = 95  # of jpeg and webp, 0..100
    watermark: bool = True  # embed the invisible mark; False only reaches here where the operator allows it
    safety: SafetyPolicy = field(default_factory=SafetyPolicy)
    loras: tuple[tuple[str, float], ...] = ()  # adapters of the backend by name, and how strongly each counts

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `Recipe.from_dict` is its inverse. Without LoRAs it is what it was before there were any, for
        those who read it and know of none."""
        fields = {name: getattr(self, name) for name in self.__slots__}  # asdict copies deeply and costs ten times more
        loras = fields.pop("loras")
        return fields | {"safety": asdict(self.safety)} | ({"loras": named(loras)} if loras else {})

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Recipe:
        loras = tuple((lora["name"], lora["scale"]) for lora in data.get("loras", ()))
        return cls(**{**data, "safety": SafetyPolicy(**data["safety"]), "loras": loras})

    def image_seed(self, index: int) -> int:
        return (self.seed + index) % 2**31
