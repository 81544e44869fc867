"""The demo: a server with the bundled model, a key, and the well-known sample requests through v1 and v2.

Run it with `make demo`. Uses nothing but what a user would: the `imagend` command and HTTP.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

import imagend

PUPPY = (
    "A golden retriever puppy playing in a sunlit meadow full of wildflowers, vibrant colors, "
    "shallow depth of field, photorealistic, ultra-detailed"
)
CABIN = "A cozy cabin in the snowy mountains at sunrise, soft warm light, ultra-detailed, cinematic atmosphere"
PORTRAIT = (
    "A hyperrealistic portrait of a young woman with freckles in warm golden hour sunlight, cinematic shallow "
    "depth of field, ultra-detailed skin texture, professional photography, 8K"
)
TEDDY = (
    " White fluffy bear toy is sleeping in a children's room, on the floor of a baby bedroom with toy boxes and "
    "toys around, in the style of photorealistic 3D rendering"
)
SIGN = 'a red sign that says "OPEN 24 HOURS" in the city at night'

#: (file name, route, slug, body)
REQUESTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("puppy", "v2", "imagen-4-fast", {"prompt": PUPPY, "aspect_ratio": "16:9", "seed": 11}),
    (
        "cabin", "v1", "imagen-4",
        {"prompt": CABIN, "negative_prompt": "blurry, pixelated", "aspect_ratio": "4:3", "seed": 1},
    ),
    ("portrait", "v2", "imagen-4-ultra", {"prompt": PORTRAIT, "aspect_ratio": "1:1", "seed": 4}),
    (
        "teddy", "v2", "imagen",
        {
            "prompt": TEDDY, "aspect_ratio": "1:1", "seed": 11,
            "safety_filter_level": "BLOCK_LOW_AND_ABOVE", "person_generation": "ALLOW_ADULT",
        },
    ),
    (
        "sign", "v1", "imagen-4-fast",
        {"prompt": SIGN, "width": 768, "height": 512, "steps": 25, "scheduler": "DDIM", "seed": 4},
    ),
    (
        "boat", "v1", "imagen",
        {"prompt": "a watercolor of a white boat on a lake at sunset", "aspect_ratio": "9:16", "seed": 3},
    ),
    (
        "pets", "v2", "imagen-4",
        {"prompt": "two dogs and a black cat on a beach", "aspect_ratio": "3:4", "seed": 5},
    ),
    (
        "balloons", "v2", "imagen-4",
        {"prompt": "five balloons over a farm, sunny day", "aspect_ratio": "16:9", "seed": 2},
    ),
    (
        "robot", "v2", "imagen-4-fast",
        {"prompt": "pixel art of a robot in space", "width": 512, "height": 512, "seed": 0},
    ),
    (
        "castle", "v1", "imagen-4-ultra",
        {"prompt": "a castle by a lake at night", "aspect_ratio": "16:9", "seed": 1},
    ),
]  # fmt: skip


@contextmanager
def server(data_dir: Path) -> Iterator[str]:
    """Start `imagend serve` on a free port; yields its URL when it answers."""
    command = [sys.executable, "-m", "imagend", "serve", "--port", "0", "--data-dir", str(data_dir)]
    command += ["--set", "log_level=warning"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            for line in process.stdout:
                if line.startswith("imagend ready on "):
                    yield line.split()[-1]
                    break
            else:
                raise SystemExit("the server did not start")
        finally:
            process.terminate()
            process.communicate(timeout=30)


def make_key(data_dir: Path) -> str:
    command = [sys.executable, "-m", "imagend", "keys", "create", "--name", "demo", "--credits", "10", "--json"]
    done = subprocess.run([*command, "--data-dir", str(data_dir)], check=True, capture_output=True, text=True)
    return str(json.loads(done.stdout)["key"])


def send_v1(url: str, key: str, slug: str, body: dict[str, Any]) -> dict[str, Any]:
    """The blocking route, as the samples call it."""
    response = httpx.post(f"{url}/v1/{slug}", headers={"x-api-key": key}, json=body, timeout=120)
    if response.status_code != 200:
        raise SystemExit(f"POST /v1/{slug}: {response.status_code} {response.text}")
    result: dict[str, Any] = response.json()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        key = make_key(Path(folder))
        with server(Path(folder)) as url:
            print(f"server with the bundled model ready after {time.monotonic() - started:.1f} s on {url}")
            with imagend.Client(api_key=key, base_url=f"{url}/v1") as client:
                for name, route, slug, body in REQUESTS:
                    draw(client, url, key, out, name, route, slug, body)
                print(f"credits left: {client.credits():g}")
    sheet([out / f"{name}.jpeg" for name, *_ in REQUESTS], out / "sheet.jpeg")
    seconds = time.monotonic() - started
    print(f"{len(REQUESTS)} pictures, and all on one sheet.jpeg, in {out.resolve()} after {seconds:.1f} s")


def sheet(files: list[Path], target: Path, width: int = 1600, gap: int = 10) -> None:
    """All pictures on one page: rows of equal width, nothing cropped."""
    rows: list[list[Image.Image]] = [[]]
    for file in files:
        if sum(picture.width / picture.height for picture in rows[-1]) > 3:
            rows.append([])
        rows[-1].append(Image.open(file).convert("RGB"))
    heights = [round((width - gap * (len(row) - 1)) / sum(one.width / one.height for one in row)) for row in rows]
    page = Image.new("RGB", (width, sum(heights) + gap * (len(rows) - 1)), "white")
    top = 0
    for row, height in zip(rows, heights, strict=True):
        left = 0
        for picture in row:
            small = picture.resize((round(picture.width * height / picture.height), height), Image.Resampling.LANCZOS)
            page.paste(small, (left, top))
            left += small.width + gap
        top += height + gap
    page.save(target, quality=88)


def draw(
    client: imagend.Client, url: str, key: str, out: Path, name: str, route: str, slug: str, body: dict[str, Any]
) -> None:
    start = time.monotonic()
    v1 = route == "v1"
    result = send_v1(url, key, slug, body) if v1 else client.submit_async(slug, **body).wait(interval=0.1)
    picture = client.download(result["output"])
    target = out / f"{name}.jpeg"
    target.write_bytes(picture)
    seconds, model_seconds = time.monotonic() - start, result["metrics"]["inference_time"]
    print(
        f"  {route} {slug:<15} {seconds:5.2f} s (model {model_seconds:.2f} s)  "
        f"{len(picture) // 1024:4d} kB  {target}  {body['prompt'].strip()[:48]}"
    )


if __name__ == "__main__":
    main()
