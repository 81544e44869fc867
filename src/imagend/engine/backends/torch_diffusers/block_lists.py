"""How diffusers' networks call their blocks: all that a step cache must know of them. One entry per network class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockList:
    """Blocks that are called one after the other, with the same arguments but for those that the one before gave."""

    name: str  # of the list in the network
    by_place: tuple[str, ...] = ()  # names of the arguments that the network hands over without
    gives: tuple[str, ...] = ("hidden_states",)  # what a block returns, in order; the picture's tokens [N, T, C] last
    of_rows: tuple[str, ...]  # its other arguments that have an axis of the batch, the first, or hold some that have
    own: tuple[str, ...] = ()
    """Where among these the mask stands that ends with the picture's tokens, [N, ... + T], true for those of the row's
    own, which come first. No way, or None on the way: all are."""


_BOTH = ("encoder_hidden_states", "hidden_states")
_JOINT = "joint_attention_kwargs"

BLOCK_LISTS: Mapping[str, tuple[BlockList, ...]] = MappingProxyType(
    {
        "FluxTransformer2DModel": (
            BlockList(name="transformer_blocks", gives=_BOTH, of_rows=("temb", _JOINT), own=(_JOINT, "mask")),
            BlockList(name="single_transformer_blocks", gives=_BOTH, of_rows=("temb", _JOINT)),
        ),
        "Flux2Transformer2DModel": (
            BlockList(
                name="transformer_blocks",
                gives=_BOTH,
                of_rows=("temb_mod_img", "temb_mod_txt", _JOINT),
                own=(_JOINT, "mask"),
            ),
            BlockList(name="single_transformer_blocks", of_rows=("temb_mod", _JOINT)),  # the words' tokens stand ahead
        ),
        "QwenImageTransformer2DModel": (
            BlockList(
                name="transformer_blocks",
                gives=_BOTH,
                of_rows=("encoder_hidden_states_mask", "temb", "modulate_index", _JOINT),
                own=(_JOINT, "mask"),
            ),
        ),
        "SD3Transformer2DModel": (
            BlockList(name="transformer_blocks", gives=_BOTH, of_rows=("temb", _JOINT), own=(_JOINT, "mask")),
        ),
        "ZImageTransformer2DModel": (
            BlockList(
                name="layers",
                by_place=("x", "attn_mask", "freqs_cis", "adaln_input", "noise_mask", "adaln_noisy", "adaln_clean"),
                gives=("x",),
                of_rows=("attn_mask", "freqs_cis", "adaln_input"),
                own=("attn_mask",),
            ),
        ),
        "Lumina2Transformer2DModel": (
            BlockList(
                name="layers",
                by_place=("hidden_states", "attention_mask", "image_rotary_emb", "temb"),
                of_rows=("attention_mask", "image_rotary_emb", "temb"),
                own=("attention_mask",),
            ),
        ),
        "PixArtTransformer2DModel": (
            BlockList(
                name="transformer_blocks",
                by_place=("hidden_states",),
                of_rows=("attention_mask", "encoder_hidden_states", "encoder_attention_mask", "timestep"),
                own=("attention_mask",),
            ),
        ),
        "SanaTransformer2DModel": (
            BlockList(
                name="transformer_blocks",
                by_place=(
                    "hidden_states", "attention_mask", "encoder_hidden_states", "encoder_attention_mask", "timestep",
                    "height", "width",
                ),
                of_rows=("attention_mask", "encoder_hidden_states", "encoder_attention_mask", "timestep"),
            ),
        ),
    }
)  # fmt: skip
"""Class name of the network -> its lists of blocks, in the order of its call."""
