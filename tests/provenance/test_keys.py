"""The operator's key and the one that is made where there is none; what is wrong is said in one line."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from imagend.core.errors import BadSetting
from imagend.provenance.keys import SELF_SIGNED, load_credentials, new_credentials
from imagend.provenance.options import SealOptions
from imagend.provenance.seal import open_seal
from imagend.settings import Settings
from imagend.wiring.pictures import known_credentials, seal_options
from tests.provenance.certificates import TLS, Authority, keys_of_all_kinds, pem
from tests.system.running import clean_environment

MAKE = (
    "import sys, pathlib; from imagend.settings import Settings; from imagend.wiring.pictures import seal_options; "
    "options = seal_options(Settings(data_dir=pathlib.Path(sys.argv[1]))); print(options.key.read_bytes().hex())"
)


def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def options(chain: Path, secret: Path) -> SealOptions:
    return SealOptions(layers="c2pa+watermark", certificate=chain, key=secret)


def test_processes_that_start_together_make_one_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKE, str(tmp_path / "data")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment()) for _ in range(4)]
    texts = {process.communicate(timeout=60)[0] for process in started}
    assert len(texts) == 1
    file = tmp_path / "data" / "provenance.pem"
    assert texts.pop().strip() == file.read_bytes().hex().encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["provenance.pem"]


def test_our_own_pair_says_that_it_is_ours(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert known_credentials(settings) is None, "looking makes no key"
    seal = open_seal(seal_options(settings))
    own = known_credentials(settings)
    assert own is not None
    assert (own.self_signed, own.signer, own.algorithm) == (True, SELF_SIGNED, "es256")
    assert seal.receipt(True) == {"c2pa": SELF_SIGNED, "watermark": f"{own.server_id:08x}"}
    assert "self-signed" in own.signer


def test_pairs_differ() -> None:
    assert new_credentials(0.0) != new_credentials(0.0)


@pytest.mark.parametrize("kind", ["es256", "es384", "ed25519"])
def test_the_operators_key(kind: str, tmp_path: Path) -> None:
    files = Authority().files(tmp_path, keys_of_all_kinds()[kind])
    credentials = load_credentials(*files)
    assert (credentials.algorithm, credentials.signer, credentials.self_signed) == (kind, "Studio", False)
    assert open_seal(options(*files)).receipt(True)["c2pa"] == "Studio"


def test_an_rsa_key(tmp_path: Path) -> None:
    files = Authority().files(tmp_path, rsa.generate_private_key(65537, 2048))
    assert load_credentials(*files).algorithm == "ps256"
    open_seal(options(*files))


def test_the_servers_id_comes_from_the_key_not_from_the_certificate(tmp_path: Path) -> None:
    secret, folders = key(), [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    ids = [load_credentials(*Authority().files(folder, secret)).server_id for folder in folders]
    assert ids[0] == ids[1]


def test_files_that_are_no_keys(tmp_path: Path) -> None:
    chain, secret = Authority().files(tmp_path, key())
    missing, text = tmp_path / "missing", tmp_path / "text"
    text.write_text("not a certificate")
    for certificate, private, words in (
        (missing, secret, f"provenance_certificate: cannot read {missing}: No such file or directory"),
        (chain, missing, f"provenance_key: cannot read {missing}: No such file or directory"),
        (text, secret, f"provenance_certificate: {text} holds no certificates in PEM"),
        (chain, text, f"provenance_key: {text} holds no private key in PEM without a password"),
    ):
        with pytest.raises(BadSetting) as caught:
            open_seal(options(certificate, private))
        assert caught.value.message == words


def test_keys_that_do_not_fit(tmp_path: Path) -> None:
    chain, secret = Authority().files(tmp_path, key())
    for wrong, words in (
        (pem(key()), "provenance_key does not belong to the first certificate of provenance_certificate"),
        (pem(key(), b"secret"), f"provenance_key: {secret} holds no private key in PEM without a password"),
    ):
        secret.write_bytes(wrong)
        with pytest.raises(BadSetting) as caught:
            open_seal(options(chain, secret))
        assert caught.value.message == words


def test_certificates_that_readers_would_refuse(tmp_path: Path) -> None:
    for changes in ({"days": -1}, {"usage": TLS}, {"authority": True}):
        files = Authority().files(tmp_path, key(), **changes)
        with pytest.raises(BadSetting, match="provenance_certificate is not fit for C2PA"):
            open_seal(options(*files))


def test_a_certificate_of_ours_is_valid_for_years(tmp_path: Path) -> None:
    file = tmp_path / "provenance.pem"
    file.write_bytes(new_credentials(time.time() - 10 * 365 * 86400))
    open_seal(options(file, file))
