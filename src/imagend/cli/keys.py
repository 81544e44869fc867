"""`imagend keys …`, `imagend accounts …`, `imagend credits …` and `imagend usage`: the tree of these commands.

They open the database beside a running server, or before its first start (docs/decisions/0003).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

keys_app = typer.Typer(help="API keys: create, list, show, update, revoke.", no_args_is_help=True)
accounts_app = typer.Typer(help="Accounts: create, list, show, update.", no_args_is_help=True)
credits_app = typer.Typer(help="Credits of an account: show, grant, refund, ledger.", no_args_is_help=True)

DataDir = Annotated[
    Path | None, typer.Option(help="Where the server keeps its data [IMAGEND_DATA_DIR].", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Model = Annotated[list[str] | None, typer.Option(help="Allow these models only; repeat for several.")]
Scope = Annotated[list[str] | None, typer.Option(help="generate, read or admin; repeat for several.")]
Expires = Annotated[str | None, typer.Option(help="A time (2027-01-31T12:00:00Z) or a span (12h, 30d).")]
Rpm = Annotated[str | None, typer.Option(help="POSTs a minute; 0 is no limit.")]
Burst = Annotated[str | None, typer.Option(help="POSTs at once.")]
MaxJobs = Annotated[str | None, typer.Option(help="Requests that are not final at a time.")]
DailyCap = Annotated[str | None, typer.Option(help="Credits for the orders of one day (UTC).")]
Weight = Annotated[str | None, typer.Option(help="Share of the workers, against 1 of an ordinary account.")]
V1Response = Annotated[str | None, typer.Option("--v1-response", help="json or binary.")]
Allow = Annotated[list[str] | None, typer.Option(help="Restricted values it may send: ALLOW_ALL, BLOCK_NONE.")]
Floor = Annotated[str | None, typer.Option("--safety-floor", help="The loosest safety_filter_level it may have.")]
Watermark = Annotated[
    bool | None,
    typer.Option("--may-skip-watermark/--no-may-skip-watermark", help="Obey add_watermark: false.", show_default=False),
]
Reason = Annotated[str, typer.Option(help="Written into the ledger.")]
Reference = Annotated[str | None, typer.Option(help="Your own number for it: repeated, it happens once.")]


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="Who or what the key is for.")],
    account: Annotated[str | None, typer.Option(help="Add it to this account; without, a new one is made.")] = None,
    credits_: Annotated[str, typer.Option("--credits", help="Credits of the new account (1 = 1 USD of prices).")] = "0",
    admin: Annotated[bool, typer.Option("--admin", help="Also the scope admin: the routes under /admin.")] = False,
    long: Annotated[bool, typer.Option("--long", help="256 bits instead of 64.")] = False,
    import_: Annotated[
        bool, typer.Option("--import", help="Take an existing key, of any shape, from standard input.")
    ] = False,
    model: Model = None, scope: Scope = None, expires: Expires = None, rpm: Rpm = None, burst: Burst = None,
    max_jobs: MaxJobs = None, daily_cap: DailyCap = None, v1_response: V1Response = None, allow: Allow = None,
    safety_floor: Floor = None, may_skip_watermark: Watermark = None, data_dir: DataDir = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make an API key. It is shown once: only a keyed hash is stored."""
    from imagend.cli.accounts import create

    scopes = [*(scope or (["generate", "read"] if admin else [])), *(["admin"] if admin else [])]
    terms = _terms(
        name=name, models=model, scopes=scopes, expires_at=expires, rpm=rpm, burst=burst, max_jobs=max_jobs,
        daily_cap=daily_cap, v1_response=v1_response, choices=allow, safety_floor=safety_floor,
        may_skip_watermark=may_skip_watermark,
    )  # fmt: skip
    secret = typer.get_text_stream("stdin").readline().strip() if import_ else None
    create(_text(data_dir), account, credits_, terms, secret, long, as_json)


@keys_app.command("update")
def update_key(
    key_id: str,
    name: Annotated[str | None, typer.Option(help="Who or what the key is for.")] = None,
    clear: Annotated[
        list[str] | None, typer.Option(help="Take a term away, by its name in `keys show`: rpm, expires_at, ...")
    ] = None,
    model: Model = None, scope: Scope = None, expires: Expires = None, rpm: Rpm = None, burst: Burst = None,
    max_jobs: MaxJobs = None, daily_cap: DailyCap = None, v1_response: V1Response = None, allow: Allow = None,
    safety_floor: Floor = None, may_skip_watermark: Watermark = None, data_dir: DataDir = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Change what a key may do; a running server follows within five seconds."""
    from imagend.cli.accounts import update

    terms = _terms(
        name=name, models=model, scopes=scope, expires_at=expires, rpm=rpm, burst=burst, max_jobs=max_jobs,
        daily_cap=daily_cap, v1_response=v1_response, choices=allow, safety_floor=safety_floor,
        may_skip_watermark=may_skip_watermark,
    )  # fmt: skip
    update(_text(data_dir), key_id, terms | dict.fromkeys(clear or ()), as_json)


@keys_app.command("list")
def list_keys(
    account: Annotated[str | None, typer.Option(help="Of this account only.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List keys with their accounts and credits; the keys themselves are not known any more."""
    from imagend.cli.accounts import list_all

    list_all(_text(data_dir), account, as_json)


@keys_app.command("show")
def show_key(key_id: str, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Everything about one key, except the key."""
    from imagend.cli.accounts import show

    show(_text(data_dir), key_id, as_json)


@keys_app.command("revoke")
def revoke_key(key_id: str, data_dir: DataDir = None) -> None:
    """End a key: it answers 401 from then on (a running server follows within five seconds)."""
    from imagend.cli.accounts import revoke

    revoke(_text(data_dir), key_id)


@accounts_app.command("create")
def create_account(
    name: Annotated[str, typer.Option(help="Who it is for.")],
    credits_: Annotated[str, typer.Option("--credits", help="Credits to start with.")] = "0",
    max_jobs: MaxJobs = None,
    daily_cap: DailyCap = None,
    weight: Weight = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an account without a key; `keys create --account` adds keys."""
    from imagend.cli.accounts import create_account as create

    terms = _terms(name=name, max_jobs=max_jobs, daily_cap=daily_cap, weight=weight)
    create(_text(data_dir), credits_, terms, as_json)


@accounts_app.command("list")
def list_accounts(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List accounts with their credits."""
    from imagend.cli.accounts import list_accounts as list_all

    list_all(_text(data_dir), as_json)


@accounts_app.command("update")
def update_account(
    account: str,
    name: Annotated[str | None, typer.Option(help="Who it is for.")] = None,
    disabled: Annotated[
        bool | None, typer.Option("--disable/--enable", help="All its keys answer 403.", show_default=False)
    ] = None,
    frozen: Annotated[
        bool | None, typer.Option("--freeze/--unfreeze", help="It may not order; look at `imagend audit` before.")
    ] = None,
    max_jobs: MaxJobs = None,
    daily_cap: DailyCap = None,
    weight: Weight = None,
    clear: Annotated[list[str] | None, typer.Option(help="Take a limit away: max_jobs or daily_cap.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Change an account's limits, or close it for a while."""
    from imagend.cli.accounts import update_account as update

    terms = _terms(name=name, disabled=disabled, frozen=frozen, max_jobs=max_jobs, daily_cap=daily_cap, weight=weight)
    update(_text(data_dir), account, terms | dict.fromkeys(clear or ()), as_json)


@credits_app.command("show")
def show_credits(account: str, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Available, held, spent and granted credits of an account."""
    from imagend.cli.accounts import show_balance

    show_balance(_text(data_dir), account, as_json)


@credits_app.command("grant", context_settings={"ignore_unknown_options": True})  # -5 is an amount
def grant_credits(
    account: str,
    amount: Annotated[str, typer.Argument(help="Credits; negative takes back.")],
    reason: Reason = "granted on the command line",
    reference: Reference = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Give credits to an account."""
    from imagend.cli.accounts import grant

    grant(_text(data_dir), account, amount, reason, reference, as_json)


@credits_app.command("refund")
def refund_request(
    request_id: str,
    amount: Annotated[str | None, typer.Argument(help="Credits; without, all that is left of what it cost.")] = None,
    reason: Reason = "refunded on the command line",
    reference: Reference = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Give back what a completed request cost, also after its result is forgotten."""
    from imagend.cli.accounts import refund

    refund(_text(data_dir), request_id, amount, reason, reference, as_json)


@credits_app.command("ledger")
def show_ledger(
    account: str,
    after: Annotated[int, typer.Option(help="From behind this entry.")] = 0,
    limit: Annotated[int, typer.Option(help="Entries at most.", min=1, max=100_000)] = 1000,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Every movement of an account's credits, oldest first."""
    from imagend.cli.accounts import ledger

    ledger(_text(data_dir), account, after, limit, as_json)


def usage(
    first: Annotated[str | None, typer.Option("--from", help="First day, as 2026-11-01; without, 29 days ago.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day; without, today (UTC).")] = None,
    group_by: Annotated[str, typer.Option(help="day, model, key or account.")] = "day",
    account: Annotated[str | None, typer.Option(help="Of this account only.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Requests, pictures and credits, summed up."""
    from imagend.cli.accounts import show_usage

    show_usage(_text(data_dir), first, last, group_by, account, as_json)


def audit(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check the books: every request, entry, balance and sum against the others. Changes nothing; status 1 if wrong."""
    from imagend.cli.accounts import show_audit

    raise typer.Exit(show_audit(_text(data_dir), as_json))


def _terms(**words: Any) -> dict[str, Any]:
    """Those that were said."""
    return {name: word for name, word in words.items() if word is not None and word != []}
