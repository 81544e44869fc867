"""Attention in which every row of a batch has places and a length of its own.

diffusers' networks of these families place a batch once, by its first picture. Their attention takes a processor from
outside, and hands it what the network was called with in `attention_kwargs`; so that is how rows come by their own. A
call without them goes to the processor that was there before, and is what it was to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from imagend.engine.backends.torch_diffusers.padding import Padded

Turns = tuple[Tensor, Tensor]
"""cos and sin of every place's angles: of one row [s, D/2], of a batch [N, S, 1, D/2]. D: numbers of one head."""


def attend_by_row(network: torch.nn.Module) -> None:
    """Let a network take `turns` and `mask` among its attention_kwargs."""
    for module in network.modules():
        if hasattr(module, "set_processor"):
            fused = hasattr(module, "to_qkv_mlp_proj")
            usual = module.get_processor()
            module.set_processor(FusedAttention(usual) if fused else JointAttention(usual))


def turns_of(xs: Sequence[Tensor], of: Callable[[Tensor], Turns]) -> Turns:
    """The batch's, from `of` one latent [c, h, w]; latents of one shape have the same."""
    known = {x.shape: of(x) for x in {x.shape: x for x in xs}.values()}
    cos, sin = zip(*(known[x.shape] for x in xs), strict=True)
    return Padded.of(cos).rows[:, :, None], Padded.of(sin).rows[:, :, None]


class _Beside:
    """A processor for some of the calls."""

    def __init__(self, usual: Callable[..., Any]) -> None:
        """usual: the processor for calls without `turns` and `mask`."""
        self._usual = usual


class JointAttention(_Beside):
    """Of words and places together, or of one of them with itself: FLUX.1, FLUX.2, Qwen-Image, Stable Diffusion 3."""

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        image_rotary_emb: Any = None,
        encoder_hidden_states_mask: Tensor | None = None,
        turns: Turns | None = None,
        mask: Tensor | None = None,
    ) -> Any:
        """hidden_states: [N, places, d]; encoder_hidden_states: [N, words, d]. turns: of words, then places. mask: True
        for the keys that there are, [N, words + places]; where there are no words here, only its end counts."""
        if turns is None and mask is None:
            told = {
                "encoder_hidden_states": encoder_hidden_states, "attention_mask": attention_mask,
                "image_rotary_emb": image_rotary_emb, "encoder_hidden_states_mask": encoder_hidden_states_mask,
            }  # fmt: skip
            return self._usual(attn, hidden_states, **{name: told[name] for name in told if told[name] is not None})
        if encoder_hidden_states is None:
            out = _attended(*_read(attn, hidden_states), turns, mask)
            return out if getattr(attn, "pre_only", False) else _written(attn, out)
        both = zip(_read_words(attn, encoder_hidden_states), _read(attn, hidden_states), strict=True)
        query, key, value = (torch.cat(parts, dim=1) for parts in both)
        out = _attended(query, key, value, turns, mask)
        words, places = out.tensor_split([encoder_hidden_states.shape[1]], dim=1)
        last = getattr(attn, "to_add_out", None)  # a last block needs no words any more
        return _written(attn, places.contiguous()), words if last is None else last(words.contiguous())


class FusedAttention(_Beside):
    """Of words and places in one row, with the feed-forward in the same projections: FLUX.2's single blocks."""

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        image_rotary_emb: Any = None,
        turns: Turns | None = None,
        mask: Tensor | None = None,
    ) -> Any:
        """As JointAttention; hidden_states: [N, words + places, d]."""
        if turns is None and mask is None:
            return self._usual(attn, hidden_states, attention_mask, image_rotary_emb)
        projected = attn.to_qkv_mlp_proj(hidden_states)
        query, key, value, rest = projected.tensor_split([attn.inner_dim * part for part in (1, 2, 3)], dim=-1)
        out = _attended(*_normed(_heads(attn, query, key, value), attn.norm_q, attn.norm_k), turns, mask)
        return attn.to_out(torch.cat([out, attn.mlp_act_fn(rest)], dim=-1))


QueryKeyValue = tuple[Tensor, Tensor, Tensor]  # each [N, S, heads, D]


def _read(attn: Any, x: Tensor) -> QueryKeyValue:
    return _normed(_heads(attn, attn.to_q(x), attn.to_k(x), attn.to_v(x)), attn.norm_q, attn.norm_k)


def _read_words(attn: Any, x: Tensor) -> QueryKeyValue:
    parts = _heads(attn, attn.add_q_proj(x), attn.add_k_proj(x), attn.add_v_proj(x))
    return _normed(parts, attn.norm_added_q, attn.norm_added_k)


def _heads(attn: Any, query: Tensor, key: Tensor, value: Tensor) -> QueryKeyValue:
    cut = (attn.heads, -1)
    return query.unflatten(-1, cut), key.unflatten(-1, cut), value.unflatten(-1, cut)


def _normed(parts: QueryKeyValue, norm_query: Any, norm_key: Any) -> QueryKeyValue:
    query, key, value = parts
    return query if norm_query is None else norm_query(query), key if norm_key is None else norm_key(key), value


def _attended(query: Tensor, key: Tensor, value: Tensor, turns: Turns | None, mask: Tensor | None) -> Tensor:
    """[N, S, heads, D] each -> [N, S, heads D]."""
    if turns is not None:
        query, key = turned(query, turns), turned(key, turns)
    keys = None if mask is None else mask[:, None, None, -key.shape[1] :]
    query, key, value = (part.transpose(1, 2) for part in (query, key, value))
    return scaled_dot_product_attention(query, key, value, attn_mask=keys).transpose(1, 2).flatten(2)


def turned(x: Tensor, turns: Turns) -> Tensor:
    """Rotary places (arXiv 2104.09864): neighbours among a head's numbers are turned together, in float32."""
    cos, sin = turns
    one, other = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([one * cos - other * sin, one * sin + other * cos], dim=-1).flatten(-2).to(x.dtype)


def _written(attn: Any, out: Tensor) -> Tensor:
    for layer in attn.to_out:
        out = layer(out)
    return out
