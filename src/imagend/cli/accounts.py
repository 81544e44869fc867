"""Keys and credits; works before the first start, while the server runs, and when it is stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from imagend.cli.tables import table
from imagend.core.errors import BadParameter
from imagend.core.ledger import Balance, to_credits, to_microcredits
from imagend.desk.accounts import Accounts
from imagend.settings import current_settings
from imagend.wiring import open_accounts


@contextmanager
def _accounts(data_dir: str | None) -> Iterator[Accounts]:
    with open_accounts(current_settings({"data_dir": data_dir})) as accounts:
        yield accounts


def _amount(text: str) -> int:
    try:
        return to_microcredits(text)
    except ValueError as error:
        raise BadParameter("credits", str(error)) from error


def create(data_dir: str | None, name: str, credits_: str, models: tuple[str, ...], as_json: bool) -> None:
    amount = _amount(credits_)
    if amount < 0:
        raise BadParameter("credits", "credits must not be negative")
    with _accounts(data_dir) as accounts:
        secret, key = accounts.create_key(name, amount, models=models or None)
    if as_json:
        made = {"key": secret, "id": key.id, "account": key.account_id, "name": name, "credits": to_credits(amount)}
        typer.echo(json.dumps(made))
        return
    typer.echo(secret)
    typer.echo(f"key {key.id} of account {key.account_id}, shown once; keep it", err=True)


def list_all(data_dir: str | None, as_json: bool) -> None:
    with _accounts(data_dir) as accounts:
        rows = [
            {
                "id": key.id, "name": key.name, "account": key.account_id,
                "models": ",".join(key.models or ()) or "all",
                "credits": to_credits(accounts.balance(key.account_id).available),
                "revoked": key.revoked_at is not None,
            }
            for key in accounts.list()
        ]  # fmt: skip
    table(rows, as_json, empty="no keys yet: imagend keys create --name NAME --credits 100")


def revoke(data_dir: str | None, key_id: str) -> None:
    with _accounts(data_dir) as accounts:
        accounts.revoke(key_id)
    typer.echo(f"revoked {key_id}")


def show_balance(data_dir: str | None, account: str, as_json: bool) -> None:
    with _accounts(data_dir) as accounts:
        balance = accounts.balance(account)
    table([_row(account, balance)], as_json)


def grant(data_dir: str | None, account: str, amount: str, reason: str, as_json: bool) -> None:
    with _accounts(data_dir) as accounts:
        accounts.grant(account, _amount(amount), reason)
        balance = accounts.balance(account)
    table([_row(account, balance)], as_json)


def _row(account: str, balance: Balance) -> dict[str, Any]:
    parts = {name: to_credits(getattr(balance, name)) for name in ("available", "held", "spent", "granted")}
    return {"account": account, **parts}
