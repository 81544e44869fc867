"""A step cache for batches: a row whose first block says much the same as before lets its other blocks rest.

First Block Cache (ParaAttention, 2025; after TeaCache, arXiv 2411.19108) with one difference: what is remembered, and
the decision, belong to a row of the batch, that is to one side of one picture. Rows that may rest leave the batch
behind the first block and come back behind the last; the others go on as a smaller batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor, nn

from imagend.core.errors import BadSetting
from imagend.engine.backends.torch_diffusers.block_lists import BLOCK_LISTS, BlockList
from imagend.engine.backends.torch_diffusers.rows import Row, Rows

SIDES = 2  # rows of a picture
PICTURES_PER_LANE = 2  # are remembered; others wait that were never begun
_KEY = "step_cache"  # in the memory of a row


@dataclass(slots=True, kw_only=True, eq=False, weakref_slot=True)
class _Remembered:
    """Of the last evaluation of this row that went through all blocks; [tokens of its own, width] each."""

    first: Tensor  # what the first block added
    rest: Tensor  # what all others added


@dataclass(slots=True, kw_only=True, eq=False)
class _Evaluation:
    """Of a batch of N rows, between its first block and its last."""

    after: Tensor  # [N, T, C], the first block's answers
    added: list[Tensor]  # [tokens of its own, C] for each row: what the first block added
    going: list[int]  # rows that go on through the other blocks
    index: Tensor | None  # the same on the device; None: all go on


class StepCache:
    """What the wrapped blocks of one network share. Counts evaluations, both sides of a picture by themselves."""

    def __init__(self, rows: Rows, threshold: float, most: int) -> None:
        self._rows = rows
        self._threshold = threshold
        self._most = most
        self._held: WeakSet[_Remembered] = WeakSet()
        self._now: _Evaluation | None = None
        self.full = 0  # rows that went through all blocks
        self.rested = 0  # rows whose first block was enough

    @property
    def remembered(self) -> int:
        """Rows of pictures in flight of which something is remembered."""
        return len(self._held)

    def begin(self, before: Tensor, after: Tensor, own: Tensor | None) -> None:
        """Decide who goes on: the first block made `after` [N, T, C] of `before`. own: see BlockList. Without rows
        (nobody has said whose they are) all do, and nothing is remembered."""
        self._now = None
        rows = self._rows.now
        if not rows:
            return
        assert len(rows) == len(after)
        tokens = after.shape[1]
        lengths = [tokens] * len(rows) if own is None else own[:, -tokens:].sum(1).tolist()
        added = [after[row, :length] - before[row, :length] for row, length in enumerate(lengths)]
        going = [row for row, change in enumerate(_changes(rows, added)) if not change < self._threshold]
        index = None if len(going) == len(rows) else torch.tensor(going, device=after.device, dtype=torch.long)
        self._now = _Evaluation(after=after, added=added, going=going, index=index)
        self.full += len(going)
        self.rested += len(rows) - len(going)

    def going(self, value: Any) -> Any:
        """Of tensors [N, ...], alone or in tuples and by names, what belongs to rows that go on."""
        return value if self._now is None or self._now.index is None else _picked(value, self._now.index)

    def run(self, blocks: BlockList, modules: nn.ModuleList, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments for whoever comes behind these blocks. Those that a block gives are of rows that go on already;
        of the others the rows are taken here."""
        if self._now is None or self._now.index is None:
            return _through(blocks, modules, arguments)
        if not self._now.going:
            return dict(arguments)
        taken = {name: self.going(arguments[name]) for name in blocks.of_rows if name in arguments}
        with self._rows.only(self._now.going):
            return _through(blocks, modules, {**arguments, **taken})

    def end(self, out: Tensor) -> Tensor:
        """Remember the rows that went on, out [M, T', C], and put those that rested beside them: [N, T', C]. The
        last T of T' are what the first block's tokens have become."""
        now, self._now = self._now, None
        if now is None:
            return out
        ahead = out.shape[1] - now.after.shape[1]
        for place, row in enumerate(now.going):
            length = len(now.added[row])
            rest = out[place, ahead : ahead + length] - now.after[row, :length]
            self._remember(self._rows.now[row], now.added[row], rest)
        if now.index is None:
            return out
        whole = out.new_zeros(len(now.after), *out.shape[1:])
        whole[now.index] = out
        for row in sorted({*range(len(now.after))} - {*now.going}):
            rest = self._rows.now[row].memory[_KEY].rest
            whole[row, ahead : ahead + len(rest)] = now.after[row, : len(rest)] + rest
        return whole

    def _remember(self, row: Row, first: Tensor, rest: Tensor) -> None:
        """Not of a row that comes when all places are taken: to drop another one for it would serve neither."""
        if _KEY in row.memory or len(self._held) < self._most:
            row.memory[_KEY] = _Remembered(first=first, rest=rest)
            self._held.add(row.memory[_KEY])


class _First(nn.Module):  # type: ignore[misc]  # of torch, whose types are not read
    """The first block of all, which every row goes through."""

    def __init__(self, cache: StepCache, blocks: BlockList, block: nn.Module) -> None:
        super().__init__()
        self._cache = cache
        self._blocks = blocks
        self.block = block

    @torch.compiler.disable(recursive=False)  # type: ignore[untyped-decorator]
    def forward(self, *by_place: Any, **named: Any) -> Any:
        arguments = _named(self._blocks, by_place, named)
        answer = self.block(*by_place, **named)
        after = answer[-1] if isinstance(answer, tuple) else answer
        self._cache.begin(arguments[self._blocks.gives[-1]], after, _own(self._blocks, arguments))
        return tuple(map(self._cache.going, answer)) if isinstance(answer, tuple) else self._cache.going(answer)


class _Others(nn.Module):  # type: ignore[misc]
    """The other blocks of a list, as one."""

    def __init__(self, cache: StepCache, blocks: BlockList, modules: Sequence[nn.Module], *, are_last: bool) -> None:
        super().__init__()
        self._cache = cache
        self._blocks = blocks
        self._are_last = are_last
        self.blocks = nn.ModuleList(modules)

    @torch.compiler.disable(recursive=False)  # type: ignore[untyped-decorator]
    def forward(self, *by_place: Any, **named: Any) -> Any:
        behind = self._cache.run(self._blocks, self.blocks, _named(self._blocks, by_place, named))
        answer = [behind[name] for name in self._blocks.gives]
        if self._are_last:
            answer[-1] = self._cache.end(answer[-1])
        return tuple(answer) if len(answer) > 1 else answer[0]


def add_step_cache(network: Any, rows: Rows, threshold: float, *, max_lanes: int = 8) -> StepCache:
    """Wrap the blocks of a diffusers transformer. rows: whose rows it sees, as its backend says. threshold: above 0,
    relative L1 change of what the first block adds, below which the other blocks rest. max_lanes: pictures in one call.
    Raises BadSetting for a network that is not known, or has one block only."""
    name = type(network).__name__
    if name not in BLOCK_LISTS:
        raise BadSetting(f"step_cache must be 0 for {name}; it works for {', '.join(sorted(BLOCK_LISTS))}")
    lists = BLOCK_LISTS[name]
    if sum(len(getattr(network, blocks.name)) for blocks in lists) < 2:
        raise BadSetting(f"step_cache must be 0: this {name} has one block only")
    cache = StepCache(rows, threshold, most=SIDES * PICTURES_PER_LANE * max_lanes)
    for blocks in lists:
        modules: list[nn.Module] = list(getattr(network, blocks.name))
        wrapped: list[nn.Module] = [_First(cache, blocks, modules.pop(0))] if blocks is lists[0] else []
        if modules:
            wrapped.append(_Others(cache, blocks, modules, are_last=blocks is lists[-1]))
        setattr(network, blocks.name, nn.ModuleList(wrapped))
    return cache


def cache_in(network: Any) -> StepCache | None:
    """Of a network that `add_step_cache` has wrapped: what counts its rests."""
    return next((module._cache for module in network.modules() if isinstance(module, _First)), None)


def _named(blocks: BlockList, by_place: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    assert len(by_place) <= len(blocks.by_place)
    return {**dict(zip(blocks.by_place, by_place, strict=False)), **named}


def _own(blocks: BlockList, arguments: Mapping[str, Any]) -> Tensor | None:
    found: Any = arguments if blocks.own else None
    for name in blocks.own:
        found = found.get(name) if found else None
    is_bias = found is not None and found.ndim == 3  # PixArt's, [N, 1, T]: 0, or far below
    return found[:, 0] == 0 if is_bias else found


def _picked(value: Any, index: Tensor) -> Any:
    if isinstance(value, Tensor):
        return value.index_select(0, index)
    if isinstance(value, Mapping):
        return {name: _picked(one, index) for name, one in value.items()}
    return tuple(_picked(one, index) for one in value) if isinstance(value, tuple) else value


def _through(blocks: BlockList, modules: nn.ModuleList, arguments: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(arguments)
    for module in modules:
        answer = module(**found)
        found |= zip(blocks.gives, answer if isinstance(answer, tuple) else (answer,), strict=True)
    return found


def _changes(rows: Sequence[Row], added: Sequence[Tensor]) -> list[float]:
    """How much of what the first block adds to each row is new since what is remembered; infinity for all of it. One
    answer from the device for the whole batch."""
    changes = [_change(row.memory.get(_KEY), one) for row, one in zip(rows, added, strict=True)]
    known = [change for change in changes if change is not None]
    numbers = iter(torch.stack(known).tolist() if known else ())
    return [float("inf") if change is None else next(numbers) for change in changes]


def _change(held: _Remembered | None, added: Tensor) -> Tensor | None:
    if held is None or held.first.shape != added.shape:
        return None
    new = (added - held.first).abs().mean(dtype=torch.float32)
    return new / held.first.abs().mean(dtype=torch.float32)
