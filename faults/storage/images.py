"""What a disk may hold after the power went: only what was synced is sure; of the rest anything, in any order, torn.

The rules are POSIX's, which promise less than any file system keeps: a file's bytes are sure after its fsync, its name
after an fsync of the folder that holds it.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from pathlib import Path

from faults.storage.taps import Call

SECTOR_BYTES = 512


@dataclass(eq=False)
class Inode:
    sure: bytearray = field(default_factory=bytearray)
    waiting: list[Call] = field(default_factory=list)

    def sync(self) -> None:
        for call in self.waiting:
            apply(self.sure, call)
        self.waiting.clear()

    def content(self, dice: random.Random | None) -> bytes:
        """None: nothing but what is sure. Else some of the rest reached the disk, sector by sector, in any order."""
        found = bytearray(self.sure)
        if dice is not None:
            for call in dice.sample(self.waiting, dice.randint(0, len(self.waiting))):
                apply(found, _torn(call, dice))
        return bytes(found)


@dataclass(frozen=True, slots=True)
class Naming:
    path: str
    node: Inode | None  # None: a folder
    gone: bool = False


@dataclass
class Disk:
    """Fed with calls in their order; `image` may be asked for after any of them."""

    names: dict[str, Inode | None] = field(default_factory=dict)  # as the running system sees them
    sure: dict[str, Inode | None] = field(default_factory=dict)
    waiting: list[Naming] = field(default_factory=list)

    def feed(self, call: Call) -> None:
        if call.kind in ("write", "truncate"):
            self._file(call.path).waiting.append(call)
        elif call.kind == "sync":
            self._file(call.path).sync()
        elif call.kind == "sync_folder":
            mine = [naming for naming in self.waiting if os.path.dirname(naming.path) == call.path]
            self.waiting = [naming for naming in self.waiting if naming not in mine]
            for naming in mine:
                _name(self.sure, naming)
        else:
            self._rename(call)

    def image(self, folder: Path, dice: random.Random | None) -> None:
        """Write it below `folder`. `dice` as for `Inode.content`; names that are not sure may be there or not."""
        names = dict(self.sure)
        for naming in self.waiting:
            if dice is not None and dice.random() < 0.5:
                _name(names, naming)
        for path, node in sorted(names.items()):
            place = folder / path
            if not place.parent.is_dir():
                continue  # its folder did not survive
            if node is None:
                place.mkdir(exist_ok=True)
            else:
                place.write_bytes(node.content(dice))

    def _rename(self, call: Call) -> None:
        node: Inode | None = None
        if call.kind == "create":
            node = Inode()
        elif call.kind == "link":
            node = self.names[call.path]
        naming = Naming(call.target or call.path, node, gone=call.kind in ("unlink", "rmdir"))
        _name(self.names, naming)
        self.waiting.append(naming)

    def _file(self, path: str) -> Inode:
        node = self.names[path]
        assert node is not None, f"{path} is a folder"
        return node


def _name(names: dict[str, Inode | None], naming: Naming) -> None:
    if naming.gone:
        names.pop(naming.path, None)
    else:
        names[naming.path] = naming.node


def apply(content: bytearray, call: Call) -> None:
    if call.kind == "truncate":
        del content[call.offset :]
        return
    content.extend(bytes(max(0, call.offset + len(call.data) - len(content))))
    content[call.offset : call.offset + len(call.data)] = call.data


def _torn(call: Call, dice: random.Random) -> Call:
    """Perhaps only some of its first sectors."""
    if call.kind != "write" or len(call.data) <= SECTOR_BYTES or dice.random() < 0.5:
        return call
    kept = SECTOR_BYTES * dice.randint(0, len(call.data) // SECTOR_BYTES)
    return Call(kind="write", path=call.path, offset=call.offset, data=call.data[:kept])
