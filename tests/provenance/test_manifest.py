"""The manifest in the file: what it says, that it holds, and that a changed file is found out."""

from __future__ import annotations

import socket
import threading
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from bench.material import leaves
from imagend import __version__
from imagend.core.recipe import MEDIA_TYPES, Recipe
from imagend.engine.backend import BackendSpec
from imagend.engine.pixels import encode
from imagend.engine.schedule import FlowNoise, Prediction
from imagend.provenance.keys import SELF_SIGNED, load_credentials, new_credentials
from imagend.provenance.manifest import AI_GENERATED, read_manifest
from imagend.provenance.options import LAYERS, SealOptions
from imagend.provenance.report import inspect
from imagend.provenance.seal import UNSEALED, Seal, open_seal
from imagend.workers.sealing import sealed_file
from tests.provenance.certificates import Authority

PIXELS = leaves(256, 1)
SPEC = BackendSpec(name="sketch", prediction=Prediction.FLOW_SAMPLE, noise=FlowNoise(), max_lanes=1, revision="abc123")
FORMATS = ("png", "jpeg", "webp")


def order(**changes: object) -> Recipe:
    plain = {
        "model": "imagen-4", "backend": "sketch", "prompt": "a secret cat", "negative_prompt": "secret dogs",
        "width": 256, "height": 256, "steps": 12, "guidance_scale": 2.5, "scheduler": "DDIM", "seed": 7,
        "output_format": "png",
    }  # fmt: skip
    return Recipe(**{**plain, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("keys") / "provenance.pem"
    file.write_bytes(new_credentials(1_790_000_000.0))
    return file


def seal_of(pair: Path, layers: str = "c2pa+watermark", *, with_prompt: bool = False) -> Seal:
    return open_seal(SealOptions(layers=layers, certificate=pair, key=pair, with_prompt=with_prompt))


@pytest.mark.parametrize("kind", FORMATS)
def test_the_file_opens_with_the_very_same_pixels(kind: str, pair: Path) -> None:
    seal = seal_of(pair)
    recipe = order(output_format=kind)
    signed = sealed_file(seal, recipe, SPEC, 8, PIXELS)
    unsigned = encode(seal.mark(PIXELS), kind, recipe.quality)
    assert len(signed) > len(unsigned)
    with Image.open(BytesIO(signed)) as one, Image.open(BytesIO(unsigned)) as other:
        assert one.format == other.format == kind.upper()
        assert np.array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize("kind", FORMATS)
def test_it_says_what_made_the_picture_and_not_what_was_asked(kind: str, pair: Path) -> None:
    data = sealed_file(seal_of(pair), order(output_format=kind), SPEC, 8, PIXELS)
    manifest = read_manifest(data, MEDIA_TYPES[kind])
    assert manifest is not None
    assert (manifest.state, manifest.signer, manifest.problems) == ("valid", SELF_SIGNED, ())
    assert (manifest.generator, manifest.ai_generated) == (f"imagend {__version__}", True)
    mark = f"{load_credentials(pair, pair).server_id:08x}"
    assert manifest.facts == {
        "backend": "sketch", "weights": "abc123", "slug": "imagen-4", "seed": 8, "steps": 12, "scheduler": "DDIM",
        "guidance_scale": 2.5, "width": 256, "height": 256, "watermark": mark,
    }  # fmt: skip
    for word in (b"secret", b"Google", b"SynthID", b"DeepMind"):
        assert word not in data
    assert AI_GENERATED.encode() in data


def test_prompts_only_where_the_operator_asks(pair: Path) -> None:
    data = sealed_file(seal_of(pair, with_prompt=True), order(), SPEC, 8, PIXELS)
    manifest = read_manifest(data, "image/png")
    assert manifest is not None
    assert (manifest.facts["prompt"], manifest.facts["negative_prompt"]) == ("a secret cat", "secret dogs")


@pytest.mark.parametrize("layers", list(LAYERS))
@pytest.mark.parametrize("wanted", [True, False])
def test_layers_and_the_orders_wish(layers: str, wanted: bool, pair: Path) -> None:
    seal = seal_of(pair, layers)
    report = inspect(sealed_file(seal, order(watermark=wanted), SPEC, 8, PIXELS), load_credentials(pair, pair))
    signs, marks = LAYERS[layers]
    assert (report.manifest is not None, report.mark is not None) == (signs, marks and wanted)
    receipt = seal.receipt(wanted)
    assert (receipt["c2pa"] is not None, receipt["watermark"] is not None) == (signs, marks and wanted)
    if report.manifest:
        assert ("watermark" in report.manifest.facts) == (report.mark is not None)


def test_without_a_seal_bytes_are_the_encoders() -> None:
    assert sealed_file(UNSEALED, order(), SPEC, 8, PIXELS) == encode(PIXELS, "png")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_changed_byte_is_found_out(kind: str, pair: Path) -> None:
    data = sealed_file(seal_of(pair), order(output_format=kind), SPEC, 8, PIXELS)
    for place in (len(data) // 3, len(data) // 2, len(data) * 9 // 10):  # in the picture, not in the manifest
        changed = bytearray(data)
        changed[place] ^= 1
        manifest = read_manifest(bytes(changed), MEDIA_TYPES[kind])
        assert manifest is None or manifest.state != "valid", place
        assert not inspect(bytes(changed), None).confirmed


def test_a_changed_word_in_the_manifest_is_found_out(pair: Path) -> None:
    data = sealed_file(seal_of(pair), order(), SPEC, 8, PIXELS)
    changed = data.replace(b"imagen-4", b"imagen-5")
    assert changed != data
    manifest = read_manifest(changed, "image/png")
    assert manifest is not None
    assert (manifest.state, "assertion.hashedURI.mismatch" in manifest.problems) == ("tampered", True)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_cut_manifest_leaves_the_mark(kind: str, pair: Path) -> None:
    data = sealed_file(seal_of(pair), order(output_format=kind), SPEC, 8, PIXELS)
    saved = BytesIO()
    Image.open(BytesIO(data)).save(saved, "JPEG", quality=75)
    own = load_credentials(pair, pair)
    report = inspect(saved.getvalue(), own)
    assert (report.manifest, report.confirmed, report.mark_is_ours) == (None, True, True)
    stranger = inspect(saved.getvalue(), None)
    assert (stranger.confirmed, stranger.mark_is_ours) == (True, None)


def test_whose_signature_it_is(pair: Path, tmp_path: Path) -> None:
    authority, ours = Authority(), load_credentials(pair, pair)
    studio = authority.files(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    operator = load_credentials(*studio)
    by_studio = sealed_file(
        open_seal(SealOptions(layers="c2pa", certificate=studio[0], key=studio[1])), order(), SPEC, 8, PIXELS
    )
    by_us = sealed_file(seal_of(pair, "c2pa"), order(), SPEC, 8, PIXELS)
    assert inspect(by_us, ours).issuer == "self-signed, this server"
    assert inspect(by_us, operator).issuer == "self-signed, another server"
    assert inspect(by_studio, operator).issuer == "operator"
    assert inspect(by_studio, ours).issuer == "unknown issuer"
    assert inspect(by_studio, ours, operator.issuers).issuer == "trusted issuer"


def test_nothing_is_asked_of_the_network(tmp_path: Path) -> None:
    """A certificate that names an OCSP responder: nobody calls there, neither to sign nor to verify."""
    with socket.create_server(("127.0.0.1", 0)) as responder:
        url = f"http://127.0.0.1:{responder.getsockname()[1]}/"
        files = Authority().files(tmp_path, ec.generate_private_key(ec.SECP256R1()), ocsp=url)
        seal = open_seal(SealOptions(layers="c2pa", certificate=files[0], key=files[1]))
        report = inspect(sealed_file(seal, order(), SPEC, 8, PIXELS), load_credentials(*files))
        assert report.issuer == "operator"
        responder.setblocking(False)
        with pytest.raises(BlockingIOError):
            responder.accept()


def test_threads_share_a_seal(pair: Path) -> None:
    seal, states = seal_of(pair), []

    def work() -> None:
        for seed in range(5):
            manifest = read_manifest(sealed_file(seal, order(), SPEC, seed, PIXELS), "image/png")
            states.append((manifest.state, manifest.facts["seed"] == seed) if manifest else None)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == [("valid", True)] * 20


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_files_that_are_no_pictures(data: bytes) -> None:
    report = inspect(data, None)
    assert (report.confirmed, bool(report.unreadable)) == (False, True)
