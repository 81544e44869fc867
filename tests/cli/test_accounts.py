"""Keys, accounts, credits and usage on the command line, in this process, on a real data folder."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest
from typer.testing import CliRunner

from imagend.cli.main import app
from imagend.core.errors import BadParameter, ImagendError, InsufficientCredits, Unauthenticated, UnknownRequest
from imagend.settings import current_settings
from imagend.wiring.books import open_accounts

Command = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path) -> Command:
    """Run one command with --json in a data folder of this test; what it printed, read."""

    def command(*words: str, stdin: str = "", plain: bool = False) -> Any:
        tail = () if plain else ("--json",)
        result = CliRunner().invoke(app, [*words, "--data-dir", str(tmp_path), *tail], input=stdin)
        if isinstance(result.exception, ImagendError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout if plain else json.loads(result.stdout)

    return command


def test_an_account_with_two_keys(run: Command, tmp_path: Path) -> None:
    first = run("keys", "create", "--name", "laptop", "--credits", "5", "--rpm", "30")
    second = run("keys", "create", "--name", "server", "--account", first["account"], "--long", "--admin")
    assert re.fullmatch("SG_[0-9a-f]{16}", first["key"])
    assert re.fullmatch("SG_[A-Za-z0-9_-]{43}", second["key"])
    assert second["scopes"] == ["generate", "read", "admin"]
    rows = run("keys", "list", "--account", first["account"])
    assert [(row["name"], row["credits"], row["scopes"]) for row in rows] == [
        ("laptop", 5.0, "generate,read"), ("server", 5.0, "generate,read,admin"),
    ]  # fmt: skip
    with open_accounts(current_settings({"data_dir": str(tmp_path)})) as accounts:
        assert accounts.authenticate(first["key"]).rpm == 30
        assert accounts.authenticate(second["key"]).account_id == first["account"]
    assert first["key"] not in json.dumps(rows)


def test_every_term_can_be_set_and_taken_away(run: Command) -> None:
    terms = {
        "--model": "imagen-4", "--scope": "read", "--rpm": "0", "--burst": "3", "--max-jobs": "2",
        "--daily-cap": "1.5", "--v1-response": "binary", "--allow": "BLOCK_NONE", "--safety-floor": "block_only_high",
        "--expires": "2030-01-01",
    }  # fmt: skip
    words = [word for pair in terms.items() for word in pair]
    made = run("keys", "create", "--name", "k", "--may-skip-watermark", *words)
    expected = {
        "models": ["imagen-4"], "scopes": ["read"], "rpm": 0, "burst": 3, "max_jobs": 2, "daily_cap": 1.5,
        "v1_response": "binary", "choices": ["BLOCK_NONE"], "safety_floor": "BLOCK_ONLY_HIGH",
        "expires_at": "2030-01-01T00:00:00Z", "may_skip_watermark": True,
    }  # fmt: skip
    assert {name: made[name] for name in expected} == expected
    clear = [word for name in expected for word in ("--clear", name)]
    bare = run("keys", "update", made["id"], *clear)
    assert {name for name in expected if bare[name]} == {"scopes"}
    assert bare["scopes"] == ["generate", "read"]
    back = run("keys", "update", made["id"], "--may-skip-watermark", *words)
    assert back == run("keys", "show", made["id"]) == {name: made[name] for name in back}


def test_spans_count_from_now(run: Command) -> None:
    made = run("keys", "create", "--name", "k", "--expires", "30d")
    days = (datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)).total_seconds() / 86_400
    assert 29.99 < days <= 30


def test_a_key_from_standard_input(run: Command, tmp_path: Path) -> None:
    made = run("keys", "create", "--name", "old", "--import", stdin="sk-from-elsewhere\n")
    assert made["key"] == "sk-from-elsewhere"
    with pytest.raises(BadParameter, match="key is in use already"):
        run("keys", "create", "--name", "again", "--import", stdin="sk-from-elsewhere\n")
    run("keys", "revoke", made["id"], plain=True)
    with (
        open_accounts(current_settings({"data_dir": str(tmp_path)})) as accounts,
        pytest.raises(Unauthenticated),
    ):
        accounts.authenticate("sk-from-elsewhere")


def test_accounts(run: Command) -> None:
    made = run("accounts", "create", "--name", "ann", "--credits", "2", "--max-jobs", "4")
    assert (made["credits"]["available"], made["max_jobs"], made["disabled"]) == (2.0, 4, False)
    closed = run("accounts", "update", made["id"], "--disable", "--daily-cap", "1", "--clear", "max_jobs")
    assert (closed["disabled"], closed["daily_cap"], closed["max_jobs"]) == (True, 1.0, None)
    assert run("accounts", "list") == [closed]
    assert run("accounts", "update", made["id"], "--enable")["disabled"] is False


def test_credits_and_their_ledger(run: Command) -> None:
    account = run("accounts", "create", "--name", "ann")["id"]
    for _ in range(2):
        rows = run("credits", "grant", account, "2.5", "--reason", "invoice", "--reference", "INV-1")
        assert rows[0]["available"] == 2.5
    run("credits", "grant", account, "-1")
    assert run("credits", "show", account)[0]["granted"] == 1.5
    entries = run("credits", "ledger", account)
    assert [(row["kind"], row["amount"], row["reference"]) for row in entries] == [
        ("grant", 2.5, "INV-1"), ("grant", -1.0, None),
    ]  # fmt: skip
    assert {row["actor"] for row in entries} == {"command line"}
    with pytest.raises(InsufficientCredits):
        run("credits", "grant", account, "-9")
    with pytest.raises(UnknownRequest):
        run("credits", "refund", "nobody")


def test_usage_of_nobody_yet(run: Command) -> None:
    rows = run("usage", "--from", "2026-11-01", "--to", "2026-11-30", "--group-by", "account")
    assert [(row["account"], row["requests"]) for row in rows] == [("total", 0)]


def test_the_books_can_be_checked(run: Command, tmp_path: Path) -> None:
    run("keys", "create", "--name", "k", "--credits", "3")
    assert run("audit") == []
    assert run("audit", plain=True) == "the books are in order\n"
    connection = apsw.Connection(str(tmp_path / "imagend.db"))
    connection.execute("UPDATE account SET available = available + 1, granted = granted + 1")
    connection.close()
    result = CliRunner().invoke(app, ["audit", "--data-dir", str(tmp_path)])
    assert (result.exit_code, result.stdout[:12]) == (1, "I7: account ")


def test_tables_for_people(run: Command) -> None:
    made = run("keys", "create", "--name", "k", "--rpm", "7")
    assert re.search(r"^rpm +7$", run("keys", "show", made["id"], plain=True), re.MULTILINE)
    assert made["id"] in run("keys", "list", plain=True)
    assert "total" in run("usage", plain=True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("keys", "create", "--name", "k", "--rpm", "fast"), "rpm must be an integer"),
        (("keys", "create", "--name", "k", "--model", "imagen-9"), "there is no model imagen-9"),
        (("keys", "create", "--name", "k", "--account", "acct_0"), "account_id acct_0 is not known"),
        (("keys", "create", "--name", "k", "--account", "acct_0", "--credits", "1"), "imagend credits grant acct_0 1"),
        (("keys", "update", "key_0", "--rpm", "1"), "key_id key_0 is not known"),
        (("keys", "update", "key_0", "--clear", "digest"), "digest is not known here"),
        (("accounts", "create", "--name", "a", "--credits", "-1"), "credits must not be negative"),
        (("usage", "--from", "yesterday"), "from must be a day"),
        (("usage", "--group-by", "moon"), "group_by must be one of day, model, key, account"),
    ],
)
def test_mistakes_are_named(run: Command, words: tuple[str, ...], says: str) -> None:
    with pytest.raises(BadParameter, match=says):
        run(*words)
