"""Settings: one value, checked at birth, with one clear line for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from imagend.settings import Settings, describe, load_settings
from imagend.wiring.gateway import build_gateway


def test_flag_wins_over_environment() -> None:
    environ = {"IMAGEND_PORT": "9000", "IMAGEND_HOST": "0.0.0.0", "HOME": "/nowhere"}
    settings = load_settings(environ, {"port": 9100, "host": None})
    assert (settings.port, settings.host) == (9100, "0.0.0.0")


def test_data_dir_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({"IMAGEND_DATA_DIR": "data"}, {}).data_dir == tmp_path / "data"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"IMAGEND_PORT": "http"}, "port must be a whole number, not 'http'"),
        ({"IMAGEND_PORT": "70000"}, "port must be from 0 to 65535, not 70000"),
        ({"IMAGEND_TRUST_PROXY": "maybe"}, "trust_proxy must be true or false, not 'maybe'"),
        ({"IMAGEND_V1_RESPONSE": "xml"}, "v1_response must be one of json, binary, not 'xml'"),
        ({"IMAGEND_PROT": "1"}, "unknown setting IMAGEND_PROT; did you mean IMAGEND_PORT?"),
        ({"IMAGEND_LEASE_SECONDS": "10"}, "settings must keep beat_seconds < fence_seconds < lease_seconds"),
        ({"IMAGEND_RESULT_RETENTION_SECONDS": "60"}, "result_retention_seconds must be at least 3600, not 60"),
        ({"IMAGEND_PUBLIC_URL": "example.com"}, "public_url must begin with http:// or https://, not 'example.com'"),
        ({"IMAGEND_PUBLIC_URL": "https://"}, "public_url must be http(s)://host[:port][/path], not 'https://'"),
        ({"IMAGEND_PUBLIC_URL": "https://a b"}, "public_url must be http(s)://host[:port][/path], not 'https://a b'"),
        ({"IMAGEND_PUBLIC_URL": "https://a/?q=1"}, "public_url must be http(s)://host[:port][/path]"),
        ({"IMAGEND_DEADLINE_SECONDS": "nan"}, "deadline_seconds must be a finite number, not nan"),
        ({"IMAGEND_FILE_RETENTION_SECONDS": "inf"}, "file_retention_seconds must be a finite number, not inf"),
        ({"IMAGEND_ALLOW_CHOICES": "BLOCK_ALL"}, "allow_choices must be one of ALLOW_ALL, BLOCK_NONE, not 'BLOCK_ALL'"),
        ({"IMAGEND_MODEL_ALIASES": "gpt-image-1"}, "model_aliases must be name=model, comma-separated"),
        ({"IMAGEND_WEBHOOK_ALLOW_NETWORKS": "10.0.0.1/8"}, "webhook_allow_networks: 10.0.0.1/8 has host bits set"),
        ({"IMAGEND_PROVENANCE": "none"}, "provenance must be one of c2pa+watermark, c2pa, watermark, off, not 'none'"),
        ({"IMAGEND_PROVENANCE_KEY": "k.pem"}, "provenance_certificate and provenance_key must be set together"),
        ({"IMAGEND_OPEN_MODE": "1", "IMAGEND_HOST": "0.0.0.0"}, "open_mode is for localhost only"),
    ],
)
def test_one_clear_line_per_mistake(environ: dict[str, str], words: str) -> None:
    with pytest.raises(BadSetting) as caught:
        load_settings(environ, {})
    assert caught.value.message.startswith(words)
    assert "\n" not in caught.value.message


def test_client_variables_are_not_settings() -> None:
    assert load_settings({"IMAGEND_API_KEY": "SG_x", "IMAGEND_BASE_URL": "http://x"}, {}) == load_settings({}, {})


def test_every_setting_is_described() -> None:
    assert all(about for _, _, about in describe())
    assert len(describe()) == len(Settings.__dataclass_fields__)


@pytest.mark.parametrize("url", ["https://a.example", "http://[::1]:8000/", "http://10.0.0.1:80/under/a%20path/"])
def test_origins_that_clients_may_reach_it_at(url: str) -> None:
    assert load_settings({"IMAGEND_PUBLIC_URL": url}, {}).public_url == url


def test_a_misspelt_backend_stops_the_server_before_its_workers_start(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="backend must be one of sketch, noop or module:factory, not 'sketsh'"):
        build_gateway(Settings(data_dir=tmp_path, backend="sketsh"), print, 8000)


def test_the_default_model_of_openai_requests_must_be_offered(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, openai_default_model="dall-e-3")
    with pytest.raises(
        BadSetting, match=r"openai_default_model must be one of imagen-4-fast, .*, imagen, not 'dall-e-3'"
    ):
        build_gateway(settings, print, 8000)
