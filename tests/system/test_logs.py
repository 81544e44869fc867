"""Everything that a run writes: one JSON object per line, and no key, no secret, no prompt."""

from __future__ import annotations

import json
from pathlib import Path

from imagend.core.secret import Secret
from imagend.settings import load_settings
from tests.system.running import Server
from tests.system.test_operations import until

PROMPT = "a violet zeppelin over seven hills"
WRONG = "SG_0123456789abcdef"


def test_a_run_says_what_happens_and_nothing_that_is_secret(tmp_path: Path) -> None:
    settings = {
        "IMAGEND_LOG_LEVEL": "debug", "IMAGEND_BACKEND": "noop", "IMAGEND_WORKERS": "1", "IMAGEND_BALLAST_BYTES": "0",
        "IMAGEND_WEBHOOK_ALLOW_HTTP": "1", "IMAGEND_WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
    }  # fmt: skip
    server = Server(tmp_path / "data", settings=settings).start()
    try:
        with server.client() as client:
            hook = client.post(
                "/webhook/add", json={"webhook_url": "http://127.0.0.1:9/hook", "event_types": ["INFERENCE"]}
            )
            body = {"prompt": PROMPT, "negative_prompt": "no tramway"}
            request_id = client.post("/v2/imagen-4-fast", json=body).json()["request_id"]
            client.post("/v1/imagen-4-fast", json={"prompt": PROMPT, "steps": "many"})
            client.post(
                f"/v1beta/models/imagen-4-fast:predict?key={server.key}", json={"instances": [{"prompt": PROMPT}]}
            )
            until(lambda: client.get(f"/v2/requests/{request_id}").json()["status"] == "COMPLETED", "completed")
        with server.client(WRONG) as client:
            assert client.post("/v2/imagen-4-fast", json=body).status_code == 401
            assert client.get("/v1/get-user-credits").status_code == 401
        until(lambda: any("webhook" in line for line in server.lines) or hook.status_code != 200, "a webhook was tried")
    finally:
        assert server.stop() == 0
    secrets = [server.key, WRONG, PROMPT, "tramway", "whsec_", *files_of(server.data_dir)]
    shown = [line for line in server.lines if line.startswith("API key (shown once")]
    written = [line for line in server.lines if line not in shown]
    for line in written:
        assert not [secret for secret in secrets if secret in line], line
    lines = [json.loads(line) for line in written if line.startswith("{")]
    assert len(lines) >= len(written) - 3  # the announcement is for people
    [order] = [line for line in lines if line["action"] == "order" and line["request_id"] == request_id]
    assert order["account"].startswith("acct_")
    assert order["model"] == "imagen-4-fast"
    answered = [line for line in lines if line["action"] == "http" and line["path"] == "/v2/imagen-4-fast"]
    assert {line["status"] for line in answered} == {200, 401}
    assert answered[0]["account"] == order["account"]
    assert answered[0]["milliseconds"] > 0
    assert {line["level"] for line in lines} <= {"debug", "info", "warning", "error"}


def files_of(folder: Path) -> list[str]:
    """Secrets that lie in files, in the spellings in which they could be printed."""
    found = []
    for name in ("pepper", "link-secret", "webhook-key", "worker-token"):
        data = (folder / name).read_bytes()
        found += [data.hex(), *([data.decode()] if data.isascii() else [])]
    return found


def test_prompts_are_written_when_the_operator_wants_them(tmp_path: Path) -> None:
    settings = {"IMAGEND_LOG_PROMPTS": "1", "IMAGEND_LOG_FORMAT": "json", "IMAGEND_WORKERS": "0"}
    server = Server(tmp_path / "data", settings=settings | {"IMAGEND_BALLAST_BYTES": "0"}).start()
    try:
        assert server.post("/v2/imagen-4-fast", {"prompt": PROMPT}).status_code == 200
    finally:
        server.stop()
    orders = [json.loads(line) for line in server.lines if '"action": "order"' in line]
    assert [order["prompt"] for order in orders] == [PROMPT]


def test_a_secret_shows_three_stars() -> None:
    secret = Secret("hunter2")
    assert [str(secret), repr(secret), f"{secret}", "%s" % secret, "{}".format(secret)] == ["***"] * 5  # noqa: UP031, UP032
    assert secret == "hunter2"
    assert secret.reveal() + "" == "hunter2"
    url = "postgresql://me:hunter2@db/imagend"
    settings = load_settings({"IMAGEND_DATABASE_URL": url}, {})
    assert "hunter2" not in repr(settings)
    assert settings.database_url == url
