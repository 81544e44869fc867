from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from imagend.blobs.signing import check, secret_file, sign
from imagend.core.errors import BadSetting

SECRET = b"s" * 32


def values(query: str) -> dict[str, str]:
    return {name: found[0] for name, found in parse_qs(query).items()}


def test_link_opens_its_key_until_its_time() -> None:
    link = values(sign(SECRET, "r/a", 1000.9))
    assert check(SECRET, "r/a", **link, now=999.9)
    assert not check(SECRET, "r/a", **link, now=1000.0)
    assert not check(SECRET, "r/b", **link, now=0)
    assert not check(b"t" * 32, "r/a", **link, now=0)


@pytest.mark.parametrize("expires", ["", "2000", "1000 ", "1_000", "１０００", "-1", "1e9", "nan"])
def test_other_times_do_not_open(expires: str) -> None:
    link = values(sign(SECRET, "r/a", 1000)) | {"expires": expires}
    assert not check(SECRET, "r/a", **link, now=0)


@pytest.mark.parametrize("expires", ["x", "1_000", "１０００", "-1"])
def test_signed_nonsense_does_not_open(expires: str) -> None:
    from imagend.blobs.signing import _signature

    assert not check(SECRET, "r/a", expires=expires, signature=_signature(SECRET, "r/a", expires), now=-5)


@pytest.mark.parametrize("signature", ["", "0" * 64, "ö"])
def test_other_signatures_do_not_open(signature: str) -> None:
    assert not check(SECRET, "r/a", expires="1000", signature=signature, now=0)


def test_secret_file_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "pepper"
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(secret_file(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 8
    assert len(found[0]) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["pepper"]


def test_truncated_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pepper").write_bytes(b"short")
    with pytest.raises(BadSetting, match="pepper has 5 bytes"):
        secret_file(tmp_path / "pepper")
