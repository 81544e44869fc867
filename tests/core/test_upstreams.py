"""The operator's file of other servers: read once, with one clear line for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from imagend.core.upstreams import read_upstreams
from imagend.provenance.options import SealOptions
from imagend.settings import Settings
from imagend.wiring.models import read_catalog
from imagend.wiring.terms import terms_of
from imagend.wiring.upstreams import key_of, upstreams_of, wordings

GOOD = """
[attic]
url = "https://attic.example/images"
key_env = "ATTIC_KEY"
at_once = 3
timeout_seconds = 20
picture_hosts = ["cdn.example:8443"]
models = { imagen-4 = "imagen-4-fast" }
"""


def settings(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "upstreams.toml"
    file.write_text(text)
    return Settings(upstreams_file=str(file), data_dir=tmp_path)


def test_a_file_is_read() -> None:
    [attic] = read_upstreams(GOOD)
    assert (attic.backend, attic.kind, attic.at_once, attic.timeout_seconds) == ("upstream:attic", "imagend", 3, 20.0)
    assert attic.picture_hosts == ("cdn.example:8443",)
    assert attic.models == {"imagen-4": "imagen-4-fast"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[attic]", "attic", "upstreams_file: "),
        ("[attic]", "[Attic]", "upstreams_file: [Attic] must be a table named with a-z, 0-9 and -"),
        ('url = "https://attic.example/images"', "", "upstreams_file: [attic] url is missing"),
        ("https://attic.example/images", "ftp://x", "upstreams_file: [attic] url must be http(s)://"),
        ("https://attic.example/images", "https://key@x", "upstreams_file: [attic] url must be http(s)://"),
        ('key_env = "ATTIC_KEY"', "", "upstreams_file: [attic] needs key_file or key_env, and not both"),
        ('key_env = "ATTIC_KEY"', 'key = "SG_1"', "upstreams_file: [attic] has no field key; there are url,"),
        ("at_once = 3", "at_once = 0", "upstreams_file: [attic] at_once must be from 1 to 256"),
        ("at_once = 3", "at_once = true", "upstreams_file: [attic] at_once must be a whole number"),
        ("at_once = 3", 'kind = "other"', "upstreams_file: [attic] kind must be one of imagend, segmind, not 'other'"),
        ("timeout_seconds = 20", "timeout_seconds = nan", "upstreams_file: [attic] timeout_seconds must be from 1"),
        ('["cdn.example:8443"]', '["https://cdn"]', "upstreams_file: [attic] picture_hosts must be host or host:port"),
        ('{ imagen-4 = "imagen-4-fast" }', "{}", "upstreams_file: [attic] models is missing"),
        ('{ imagen-4 = "imagen-4-fast" }', '{ a = "../b" }', "upstreams_file: [attic] models: '../b' is no slug"),
    ],
)
def test_one_clear_line_per_mistake(old: str, new: str, words: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read_upstreams(GOOD.replace(old, new))
    assert caught.value.message.startswith(words)
    assert "\n" not in caught.value.message


def test_a_model_goes_to_one_place() -> None:
    with pytest.raises(BadSetting, match="model imagen-4 is forwarded twice"):
        read_upstreams(GOOD + GOOD.replace("attic", "cellar"))


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"\[attic.models\] has no model 'imagen-5'; there are "):
        read_catalog(settings(tmp_path, GOOD.replace("imagen-4 =", "imagen-5 =")))


def test_workers_with_models_hear_nothing_of_it(tmp_path: Path) -> None:
    ours = settings(tmp_path, GOOD)
    catalog = read_catalog(ours)
    assert catalog.get("imagen-4").backend == "upstream:attic"
    assert terms_of(ours, catalog, SealOptions(layers="off")).backends == ("sketch",)


def test_a_key_is_never_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [attic] = upstreams_of(settings(tmp_path, GOOD))
    with pytest.raises(BadSetting, match="the environment has no ATTIC_KEY"):
        key_of(attic)
    monkeypatch.setenv("ATTIC_KEY", "SG_secret\nwith a line")
    with pytest.raises(BadSetting) as caught:
        key_of(attic)
    assert "secret" not in caught.value.message
    monkeypatch.setenv("ATTIC_KEY", "SG_secret")
    assert (str(key_of(attic)), key_of(attic).reveal()) == ("***", "SG_secret")


def test_a_server_of_documented_fields_is_asked_by_ratio(tmp_path: Path) -> None:
    """The sizes of our cards in that server's words."""
    ours = settings(tmp_path, GOOD + 'kind = "segmind"\n')
    [attic] = upstreams_of(ours)
    wording = wordings(attic, read_catalog(ours))["imagen-4"]
    assert wording.fields == {"prompt", "aspect_ratio", "negative_prompt"}
    assert wording.sizes[1280, 896] == ("1K", "4:3")
    assert wording.slug == "imagen-4-fast"
