"""A models file, a real server and a real worker: pictures of chosen weights behind a slug."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imagend.core.errors import BadSetting
from imagend.settings import Settings
from imagend.workers.main import aside_of, load_backends, warm_up
from tests.system.running import clean_environment, imagend
from tests.torch.families.painting import farthest, paint, recipe
from tests.torch.lora.files import matrices, write_peft
from tests.torch.weights.tiny import models_file, server_of, tiny_folder

pytestmark = pytest.mark.timeout(300)
INK = '[models.imagen-4.loras]\nink = "./ink.safetensors"\n'


def test_a_slug_is_served_by_its_weights(tmp_path: Path) -> None:
    tiny_folder(tmp_path / "data" / "mine")
    write_peft(tmp_path / "data" / "ink.safetensors", matrices("flux1-dev", 4, seed=1))
    models_file(tmp_path / "data" / "models.toml", "./mine", INK)
    server = server_of(tmp_path / "data").start()
    try:
        with server.client(server.key) as client:
            body = {"prompt": "a red kite", "seed": 5, "width": 256, "height": 256, "add_watermark": False}
            answer = client.post("/v1/imagen-4", json=body, timeout=120)
            assert answer.status_code == 200, answer.text
            shown = client.get(f"/v2/requests/{answer.headers['x-request-id']}").json()
            inked = client.post("/v1/imagen-4", json=body | {"loras": [{"name": "ink", "scale": 0.5}]}, timeout=120)
            assert inked.status_code == 200, inked.text
    finally:
        assert server.stop() == 0
    assert "weights:imagen-4" in json.dumps(shown)
    (used,) = inked.json()["receipt"]["loras"]
    assert (used["name"], used["scale"], len(used["weights"])) == ("ink", 0.5, 64)


def test_drawn_here_without_a_server(tmp_path: Path) -> None:
    tiny_folder(tmp_path / "mine")
    models_file(tmp_path / "models.toml", "./mine")
    words = ["a red kite", "--model", "imagen-4", "-o", str(tmp_path / "kite.png"), "--seed", "4", "--json"]
    made = json.loads(imagend("generate", *words, IMAGEND_DATA_DIR=str(tmp_path)).stdout)
    picture = Image.open(BytesIO((tmp_path / "kite.png").read_bytes()))
    assert picture.size == (made["width"], made["height"])
    assert np.asarray(picture).std() > 1


def test_a_worker_opens_what_its_own_file_names(tmp_path: Path) -> None:
    tiny_folder(tmp_path / "elsewhere")
    file = models_file(tmp_path / "models.toml", "./elsewhere")
    backends = load_backends(["noop", "weights:imagen-4"], file)
    tiny = backends["weights:imagen-4"]
    assert (tiny.spec.name, tiny.spec.revision, tiny.spec.max_lanes) == ("weights:imagen-4", "elsewhere", 2)
    asked = recipe(tiny)
    again = load_backends(["weights:imagen-4"], file)["weights:imagen-4"]
    assert farthest(paint(tiny, [asked])[0], paint(again, [asked])[0]) == 0


def test_a_worker_opens_the_loras_of_its_own_file(tmp_path: Path) -> None:
    tiny_folder(tmp_path / "tiny")
    write_peft(tmp_path / "ink.safetensors", matrices("flux1-dev", 4, seed=1))
    file = models_file(tmp_path / "models.toml", "./tiny", INK)
    tiny = load_backends(["weights:imagen-4"], file)["weights:imagen-4"]
    plain, inked = paint(tiny, [recipe(tiny), recipe(tiny, loras=(("ink", 1.0),))])
    assert farthest(plain, inked) > 8
    write_peft(tmp_path / "ink.safetensors", matrices("z-image", 4, seed=1))
    with pytest.raises(BadSetting, match=r"loras.ink: .*ink.safetensors: Flux.* has no linear layer"):
        load_backends(["weights:imagen-4"], file)


def test_a_worker_overlaps_the_stages_of_models_that_say_so(tmp_path: Path) -> None:
    tiny_folder(tmp_path / "mine")
    file = models_file(tmp_path / "models.toml", "./mine", "overlap = true\n")
    backends = load_backends(["weights:imagen-4"], file)
    aside = aside_of(backends)
    assert aside is not None
    warm_up(backends, aside)
    aside.close()
    assert aside_of(load_backends(["weights:imagen-4"], models_file(tmp_path / "models.toml", "./mine"))) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('device = "cuda:7"', r"models.imagen-4: device must be one that is here, cpu.*, not cuda:7"),
        ('precision = "float32"\n[devices.cpu]\nmemory_gib = 0.1', r"cpu has 0.1 GiB; imagen-4 would take .* GiB"),
    ],
)
def test_what_this_machine_lacks_is_said_before_loading(tmp_path: Path, change: str, words: str) -> None:
    tiny_folder(tmp_path / "a")
    text = change if "device =" in change else f'device = "cpu"\n{change}'
    (tmp_path / "models.toml").write_text(f'[models.imagen-4]\nweights = "./a"\n{text}\n')
    with pytest.raises(BadSetting, match=words):
        load_backends(["weights:imagen-4"], tmp_path / "models.toml")


def test_a_worker_without_a_file_or_a_line_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="models_file is missing: backend weights:imagen needs one on this machine"):
        load_backends(["weights:imagen"])
    file = models_file(tmp_path / "models.toml", "./mine")
    with pytest.raises(BadSetting, match=r"has no weights for weights:imagen; it has weights:imagen-4"):
        load_backends(["weights:imagen"], file)


def test_the_gateway_loads_no_torch(tmp_path: Path) -> None:
    tiny_folder(tmp_path / "mine")
    models_file(tmp_path / "models.toml", "./mine")
    program = (
        "import sys; from pathlib import Path; from imagend.settings import Settings\n"
        "from imagend.wiring.gateway import build_gateway\n"
        f"build_gateway(Settings(data_dir=Path({str(tmp_path)!r})), print, 8000).close()\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=clean_environment()
    )
    assert "'imagend'" in done.stdout
    assert not [
        name for name in ("torch", "diffusers", "transformers", "huggingface_hub") if f"'{name}'" in done.stdout
    ]
    assert Settings(data_dir=tmp_path).models_file == ""
