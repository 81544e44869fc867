"""What the watermark and the manifest cost, what the mark survives, and whether it is found where it is not."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from bench.material import ATTACKS, PROMPTS, Pixels, clouds, drawings, leaves, unmarked
from bench.report import Table
from imagend.engine.pixels import encode
from imagend.provenance.detect import FALSE_ALARM_RATE, KNOWN_Z, find, folds, readable, strongest
from imagend.provenance.keys import new_credentials
from imagend.provenance.mark import embed
from imagend.provenance.options import SealOptions
from imagend.provenance.pattern import tile_of
from imagend.provenance.seal import Seal, open_seal

ID = 0x1A6E_4D01
FACTS = {"backend": "sketch", "weights": "0" * 12, "slug": "imagen-4", "seed": 1, "steps": 20}


def cost(rounds: int = 15) -> Table:
    """Medians over drawings and photograph-like pictures."""
    rows = []
    with TemporaryDirectory() as folder:
        file = Path(folder) / "provenance.pem"
        file.write_bytes(new_credentials(time.time()))
        seal = open_seal(SealOptions(layers="c2pa+watermark", certificate=file, key=file))
        for side in (512, 1024, 2048):
            pixels = next(drawings(side, PROMPTS[:1]))
            rows.append(_cost(seal, pixels, side, rounds))
    return Table(
        name="provenance-cost",
        title="Provenance: cost of one picture in milliseconds of processor time (median)",
        about="Processor time, so that a busy machine does not count. `mark`: watermark into pixels. `sign`: C2PA "
        "manifest into the encoded file, ES256. `find`: the mark in a marked picture; `search in vain`: in an unmarked "
        "one. `bytes`: what the manifest adds.",
        rows=rows,
    )


def _cost(seal: Seal, pixels: Pixels, side: int, rounds: int) -> dict[str, Any]:
    marked = seal.mark(pixels)
    row: dict[str, Any] = {"size": side, "mark": _median(lambda: seal.mark(pixels), rounds)}
    for kind in ("png", "jpeg", "webp"):
        data = encode(marked, kind)

        def sign(data: bytes = data, kind: str = kind) -> bytes:
            return seal.sign(data, f"image/{kind}", FACTS, marked=True)

        row[f"sign {kind}"] = _median(sign, rounds)
        row["bytes"] = len(sign()) - len(data)
    row["find"] = _median(lambda: find(Image.fromarray(marked)), 3)
    row["search in vain"] = _median(lambda: find(Image.fromarray(pixels)), 3)
    return row


def _median(call: Callable[[], object], rounds: int) -> float:
    call()
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    return 1000 * statistics.median(seconds)


def survival() -> Table:
    """Each attack on each picture: how many marks are read, and how many more are recognized."""
    rows = []
    for side in (256, 512, 1024):
        kinds = {
            "drawings": list(drawings(side)),
            "dead leaves": [leaves(side, seed) for seed in range(4)],
            "clouds": [clouds(side, seed) for seed in range(4)],
        }
        for kind, pictures in kinds.items():
            marked = [embed(pixels, ID) for pixels in pictures]
            worst = min(psnr(*pair) for pair in zip(pictures, marked, strict=True))
            row: dict[str, Any] = {"pictures": f"{kind}, {side}", "lowest PSNR": round(worst, 1)}
            rows.append(row | {name: _survived(marked, name) for name in ATTACKS})
    return Table(
        name="provenance-survival",
        title="Provenance: marks that survive, of all",
        about="`6+2/8`: of eight pictures, six marks were read by anybody and two more recognized by the server whose "
        "mark it is. PSNR in dB, of the marked pixels against the unmarked.",
        rows=rows,
    )


def _survived(marked: list[Pixels], attack: str) -> str:
    found = [find(ATTACKS[attack](Image.fromarray(pixels)), ID) for pixels in marked]
    right = [one for one in found if one is not None and one.server_id == ID]
    read = sum(one.decoded for one in right)
    return f"{read}+{len(right) - read}/{len(marked)}"


def psnr(one: Pixels, other: Pixels) -> float:
    """Peak signal-to-noise ratio, dB."""
    return float(10 * np.log10(255**2 / np.mean((one.astype(np.float64) - other) ** 2)))


def false_alarms(count: int = 2000, at_once: int = 50) -> Table:
    """Pictures that nobody marked."""
    highest: dict[str, list[float]] = defaultdict(list)
    alarms: dict[str, int] = defaultdict(int)
    with ProcessPoolExecutor() as pool:
        for done in pool.map(_looked_at, range(0, count, at_once), [at_once] * -(-count // at_once)):
            for kind, z, alarm in done:
                highest[kind].append(z)
                alarms[kind] += alarm
            print(sum(map(len, highest.values())), "looked at", flush=True)
    rows = [
        {"pictures": kind, "looked at": len(values), "false alarms": alarms[kind],
         "highest z": max(values), "limit": KNOWN_Z}
        for kind, values in highest.items()
    ]  # fmt: skip
    return Table(
        name="provenance-false-alarms",
        title="Provenance: marks found where there are none",
        about=f"256 x 256. By construction at most {FALSE_ALARM_RATE:.0e} of pictures raise a false alarm.",
        rows=rows,
    )


def _looked_at(first: int, count: int) -> list[tuple[str, float, bool]]:
    """Kind, highest correlation with a server's mark, and whether any mark was found."""
    looked = []
    for kind, pixels in unmarked(count, first=first):
        tiles = [folded for _, folded in folds(Image.fromarray(pixels))]
        z = max(strongest(folded, tile_of(ID)) for folded in tiles)
        looked.append((kind, z, z >= KNOWN_Z or any(list(readable(folded)) for folded in tiles)))
    return looked
