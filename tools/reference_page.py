"""Writes docs/reference.md, every field of every model, from the cards: `python -m tools.reference_page`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imagend.core.card import ModelCard
from imagend.core.ledger import to_credits
from imagend.settings import load_settings
from imagend.wiring.models import read_catalog

PAGE = Path(__file__).parents[1] / "docs" / "reference.md"

HEAD = """# Models and their fields

As the cards in the package have them; models that open weights serve may offer other defaults ([gpu.md](gpu.md)), and
`GET /inference-model-information/list` says what your server has. A field that one model documents is taken by all;
where it is not documented, values out of range are ignored and named in the answer, not refused ([api.md](api.md)).

"""

MEANING = {
    "prompt": "what the picture shows",
    "aspect_ratio": "ratio of width to height",
    "negative_prompt": "what it must not show",
    "width": "pixels; with `height`, wins over the ratio",
    "height": "pixels",
    "size": "exact pixels of both sides, in one word",
    "image_size": "how large the pictures of a ratio are",
    "steps": "denoising steps",
    "guidance_scale": "how closely the prompt is followed",
    "scheduler": "sampler",
    "seed": "the same seed gives the same picture; -1 draws one",
    "num_images": "pictures, each billed",
    "output_format": "of the files",
    "quality": "of jpeg and webp",
    "add_watermark": "false only where the key may",
    "safety_filter_level": "what is held back",
    "person_generation": "who may be shown",
}


def page() -> str:
    """The whole page."""
    catalog = read_catalog(load_settings({}, {}))
    cards = sorted(catalog, key=lambda card: card.slug)
    return HEAD + "".join(map(_card, cards)) + _sizes(cards[0])


def _card(card: ModelCard) -> str:
    ids = ", ".join(f"`{name}`" for name in card.google_ids)
    about = f"{card.title}: {card.description} {to_credits(card.price_microcredits):g} credits a picture."
    rows = "".join(
        f"| `{name}` | {'yes' if name in card.documented else ''} | {_allowed(schema)} | {_default(schema)} "
        f"| {MEANING[name]} |\n"
        for name, schema in card.schema()["properties"].items()
    )
    return (
        f"## `{card.slug}`\n\n{about} Google's ids: {ids}.\n\n"
        f"| field | documented | values | default | |\n|---|---|---|---|---|\n{rows}\n"
    )


def _allowed(schema: dict[str, Any]) -> str:
    match schema:
        case {"enum": choices}:
            return ", ".join(f"`{choice}`" for choice in choices)
        case {"minimum": low, "maximum": high, "type": kind}:
            return f"{low} to {high}" + ("" if kind == "integer" else ", decimals too")
        case {"maxLength": most}:
            return f"text of up to {most:,} characters"
        case {"pattern": _}:
            return "`WIDTHxHEIGHT`"
        case {"type": "boolean"}:
            return "`true`, `false`"
    raise ValueError(f"no words for {schema}")


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default")
    return "" if value is None or value == "" else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _sizes(card: ModelCard) -> str:
    names = list(card.sizes)
    rows = "".join(
        f"| `{ratio}` | " + " | ".join("{} x {}".format(*card.sizes[name][ratio]) for name in names) + " |\n"
        for ratio in card.sizes[names[0]]
    )
    head = f"| ratio | {' | '.join(f'`{name}`' for name in names)} |\n|---|{'---|' * len(names)}\n"
    return f"## Sizes\n\nWidth and height in pixels, by ratio and `image_size`.\n\n{head}{rows}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
