"""Keys, accounts, credits and usage; works before the first start, while the server runs, and when it is stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from imagend.cli.tables import table
from imagend.core.errors import BadParameter
from imagend.core.ledger import Balance, to_credits
from imagend.core.params import Choice
from imagend.desk.accounts import Accounts
from imagend.desk.credits import Note
from imagend.desk.listing import account_row, balance_row, entry_row, key_row, used_row
from imagend.desk.terms import read_account_terms, read_amount, read_key_terms, read_price
from imagend.desk.usage import GROUPS, read_span, utc_day
from imagend.settings import current_settings
from imagend.wiring.books import audit_books, open_accounts
from imagend.wiring.models import read_catalog

ACTOR = "command line"


@contextmanager
def _accounts(data_dir: str | None) -> Iterator[Accounts]:
    with open_accounts(current_settings({"data_dir": data_dir})) as accounts:
        yield accounts


def _key_terms(words: dict[str, Any]) -> dict[str, Any]:
    slugs = [card.slug for card in read_catalog(current_settings({}))]
    return read_key_terms(words, time.time(), slugs)


def create(
    data_dir: str | None, account: str | None, credits_: str, words: dict[str, Any], secret: str | None, long: bool,
    as_json: bool,
) -> None:  # fmt: skip
    amount, terms = read_amount("credits", credits_), _key_terms(words)
    if amount < 0:
        raise BadParameter("credits", "credits must not be negative")
    if account is not None and amount:
        raise BadParameter("credits", f"credits are the account's: imagend credits grant {account} {credits_}")
    with _accounts(data_dir) as accounts:
        if account is None:
            terms = dict(terms)
            name = terms.pop("name")
            made, key = accounts.create_key(name, amount, terms=terms, secret=secret, long=long, actor=ACTOR)
        else:
            made, key = accounts.add_key(account, terms, secret=secret, long=long)
    if as_json:
        typer.echo(json.dumps({**key_row(key), "key": made, "credits": to_credits(amount)}))
        return
    typer.echo(made)
    typer.echo(f"key {key.id} of account {key.account_id}, shown once; keep it", err=True)


def update(data_dir: str | None, key_id: str, words: dict[str, Any], as_json: bool) -> None:
    changes = _key_terms(words)
    with _accounts(data_dir) as accounts:
        key = accounts.change_key(key_id, changes)
    _one(key_row(key), as_json)


def show(data_dir: str | None, key_id: str, as_json: bool) -> None:
    with _accounts(data_dir) as accounts:
        key = accounts.key(key_id)
    _one(key_row(key), as_json)


def list_all(data_dir: str | None, account: str | None, as_json: bool) -> None:
    with _accounts(data_dir) as accounts:
        keys = accounts.list(account)
        credits_ = {who: to_credits(accounts.balance(who).available) for who in {key.account_id for key in keys}}
    rows = [
        {
            "id": key.id, "name": key.name, "account": key.account_id,
            "models": ",".join(key.models or ()) or "all", "scopes": ",".join(key_row(key)["scopes"]),
            "credits": credits_[key.account_id], "expires": key_row(key)["expires_at"] or "never",
            "revoked": key.revoked_at is not None,
        }
        for key in keys
    ]  # fmt: skip
    table(rows, as_json, empty="no keys yet: imagend keys create --name NAME --credits 100")


def revoke(data_dir: str | None, key_id: str) -> None:
    with _accounts(data_dir) as accounts:
        accounts.revoke(key_id)
    typer.echo(f"revoked {key_id}")


def create_account(data_dir: str | None, credits_: str, words: dict[str, Any], as_json: bool) -> None:
    terms, amount = read_account_terms(words, time.time()), read_amount("credits", credits_)
    with _accounts(data_dir) as accounts:
        account = accounts.create_account(terms["name"], amount, terms, ACTOR)
    _one(account_row(account), as_json)


def list_accounts(data_dir: str | None, as_json: bool) -> None:
    rows: list[dict[str, Any]] = []
    with _accounts(data_dir) as accounts:
        while page := accounts.page_of_accounts(rows[-1]["id"] if rows else "", 1000):
            rows += [account_row(account) for account in page]
    flat = [{**row, "credits": row["credits"]["available"]} for row in rows]
    table(rows if as_json else flat, as_json, empty="no accounts yet: imagend accounts create --name NAME")


def update_account(data_dir: str | None, account: str, words: dict[str, Any], as_json: bool) -> None:
    changes = read_account_terms(words, time.time())
    with _accounts(data_dir) as accounts:
        changed = accounts.change_account(account, changes)
    _one(account_row(changed), as_json)


def show_balance(data_dir: str | None, account: str, as_json: bool) -> None:
    with _accounts(data_dir) as accounts:
        balance = accounts.balance(account)
    table([_row(account, balance)], as_json)


def grant(data_dir: str | None, account: str, amount: str, reason: str, reference: str | None, as_json: bool) -> None:
    note = Note(reason=reason, reference=reference, actor=ACTOR)
    with _accounts(data_dir) as accounts:
        balance = accounts.credits.grant(account, read_amount("credits", amount), note)
    table([_row(account, balance)], as_json)


def refund(
    data_dir: str | None, request_id: str, amount: str | None, reason: str, reference: str | None, as_json: bool
) -> None:
    back = None if amount is None else read_price("amount", amount)
    note = Note(reason=reason, reference=reference, actor=ACTOR)
    with _accounts(data_dir) as accounts:
        account, given = accounts.credits.refund(request_id, back, note)
        balance = accounts.balance(account)
    table([{"refunded": to_credits(given), **_row(account, balance)}], as_json)


def ledger(data_dir: str | None, account: str, after: int, limit: int, as_json: bool) -> None:
    with _accounts(data_dir) as accounts:
        rows = accounts.credits.entries(account, after, limit)
    table([entry_row(row) for row in rows], as_json, empty="no entries")


def show_usage(
    data_dir: str | None, first: str | None, last: str | None, group_by: str, account: str | None, as_json: bool
) -> None:
    start, end = read_span(first, last, utc_day(time.time()))
    group = Choice(choices=GROUPS).read("group_by", group_by)
    with _accounts(data_dir) as accounts:
        lines, total = accounts.usage.report(start, end, group, account)
    table([used_row(line, group) for line in (*lines, total)], as_json)


def show_audit(data_dir: str | None, as_json: bool) -> int:
    """Returns the exit status."""
    findings = audit_books(current_settings({"data_dir": data_dir}))
    if as_json:
        typer.echo(json.dumps(findings))
    for line in () if as_json else findings or ["the books are in order"]:
        typer.echo(line)
    return 1 if findings else 0


def _one(row: dict[str, Any], as_json: bool) -> None:
    """One thing, a line for each of its fields."""
    if as_json:
        typer.echo(json.dumps(row))
        return
    for name, value in row.items():
        typer.echo(f"{name:20} {'-' if value is None else json.dumps(value)}")


def _row(account: str, balance: Balance) -> dict[str, Any]:
    return {"account": account, **balance_row(balance)}
