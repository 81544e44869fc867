"""Rows of different lengths in one tensor: the shorter ones are padded behind, and a mask says where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


class Padded(NamedTuple):
    rows: Tensor  # [N, longest, ...], zeros behind
    mask: Tensor | None = None  # [N, longest], True where a row has something; None where all are of one length

    @staticmethod
    def of(rows: Sequence[Tensor]) -> Padded:
        """Rows [s, ...]. No mask for equal lengths: attention is faster without one."""
        lengths = [len(row) for row in rows]
        together = pad_sequence(list(rows), batch_first=True)
        return Padded(together, within(lengths, together.shape[1], together.device) if len(set(lengths)) > 1 else None)


def within(lengths: Sequence[int], longest: int, device: torch.device) -> Tensor:
    """True before the end of each row, [N, longest]."""
    ends = torch.tensor(lengths, device=device)
    return torch.arange(longest, device=device) < ends[:, None]


def mask_of_both(first: Padded, second: Padded) -> Tensor | None:
    """The mask of rows that stand behind one another, [N, both lengths]; None where neither has one."""
    if first.mask is None and second.mask is None:
        return None
    return torch.cat([_mask(first), _mask(second)], dim=1)


def _mask(padded: Padded) -> Tensor:
    if padded.mask is not None:
        return padded.mask
    return padded.rows.new_ones(padded.rows.shape[:2], dtype=torch.bool)
