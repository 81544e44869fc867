"""Operations of operators: accounts, keys, credits, refunds; and what was used, which callers read too."""

from __future__ import annotations

from typing import Any

from imagend.api.openapi.accepts import accepted, required_text
from imagend.api.openapi.parts import (
    ANY_OBJECT,
    DAY,
    FLAG,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    Schema,
    in_path,
    link,
    listed,
    nullable,
    operation,
    query,
    referred,
    refusals,
    shape,
)
from imagend.api.openapi.segmind import DIALECT, POSTING, READING
from imagend.core.catalog import Catalog
from imagend.core.ledger import MICRO
from imagend.core.params import Choice, Flag, Integer, Text
from imagend.core.recipe import SAFETY_LEVELS
from imagend.desk.keys import SCOPES
from imagend.desk.terms import MAX_CREDITS, RESTRICTED
from imagend.desk.usage import COUNTS, GROUPS

OPERATORS, USAGE = "operators", "usage"
_NAME = required_text(Text(max_length=200))
_SECRET = {"type": "string", "pattern": "^[!-~]{8,512}$"}
_WEIGHT_TEXT = "^(?:0[.](?:0[1-9]|[1-9])[0-9]*|[1-9][0-9]?(?:[.][0-9]+)?|100(?:[.]0+)?)$"
_WEIGHT = {"anyOf": [{"type": "number", "minimum": 0.01, "maximum": 100},
                     {"type": "string", "pattern": _WEIGHT_TEXT, "maxLength": 32}]}  # fmt: skip
#: A span from now, or a moment, also in epoch seconds.
_MOMENT = [{"type": "string", "pattern": "^[0-9]{1,6}[mhd]$"}, MOMENT | {"pattern": "^(?:19[89]|[2-4][0-9]{2})[0-9]-"},
           {"type": "number", "minimum": 0, "exclusiveMaximum": 1e11}]  # fmt: skip
_FLAG = accepted(Flag())
_COUNT = accepted(Integer(minimum=1, maximum=1_000_000))
_REASON = nullable({"type": "string", "maxLength": 500})
_VIOLATION = shape({"invariant": TEXT, "account": nullable(TEXT), "finding": TEXT, "found_at": MOMENT})
_BOOKS = shape({"checked_at": nullable(MOMENT), "frozen_accounts": INTEGER, "violations": listed(_VIOLATION)})
_BALANCE = shape({"available": NUMBER, "held": NUMBER, "spent": NUMBER, "granted": NUMBER})


def _credits(low: float) -> Schema:
    """A number of credits with at most six decimals, or whole ones as text."""
    number = {"type": "number", "minimum": low, "maximum": MAX_CREDITS, "multipleOf": 1 / MICRO}
    text = {"type": "string", "pattern": "^[1-9][0-9]{0,8}$"}
    return {"anyOf": [number, text]}


_PRICE = _credits(1 / MICRO)
_POISON = shape(
    {"request_id": TEXT, "account": TEXT, "model": TEXT, "backend": TEXT, "attempts": INTEGER,
     "workers_lost": listed(TEXT), "error": TEXT, "created_at": MOMENT, "given_up_at": MOMENT, "recipe": ANY_OBJECT},
)  # fmt: skip
SCHEMAS: dict[str, Schema] = {
    "Balance": _BALANCE,
    "Account": shape(
        {"id": TEXT, "name": TEXT, "created_at": MOMENT, "disabled": FLAG, "frozen": FLAG,
         "max_jobs": nullable(INTEGER),
         "daily_cap": nullable(NUMBER), "weight": NUMBER, "credits": referred("Balance")},
    ),
    "Key": shape(
        {"id": TEXT, "account": TEXT, "name": TEXT, "models": nullable(listed(TEXT)),
         "scopes": listed({"enum": list(SCOPES)}), "created_at": MOMENT, "expires_at": nullable(MOMENT),
         "revoked_at": nullable(MOMENT), "last_used_at": nullable(MOMENT), "rpm": nullable(INTEGER),
         "burst": nullable(INTEGER), "max_jobs": nullable(INTEGER), "daily_cap": nullable(NUMBER),
         "v1_response": nullable(TEXT), "choices": listed(TEXT), "safety_floor": nullable(TEXT),
         "may_skip_watermark": FLAG},
    ),
    "Entry": shape(
        {"seq": INTEGER, "kind": TEXT, "request_id": nullable(TEXT), "reason": nullable(TEXT),
         "actor": nullable(TEXT), "reference": nullable(TEXT), "amount": NUMBER, "at": MOMENT},
    ),
}  # fmt: skip


def paths(catalog: Catalog) -> dict[str, dict[str, Schema]]:
    return _usage() | _accounts(catalog) | _keys(catalog)


def _accounts(catalog: Catalog) -> dict[str, dict[str, Schema]]:
    at = in_path("account_id")
    seq = query("after", {"type": "integer", "minimum": 0, "maximum": 2**62}, "the seq of the last entry that was seen")
    account, terms = referred("Account"), _account_terms()
    new, changes = _closed({"name": _NAME}, credits=nullable(_credits(0)), **terms), _closed({}, name=_NAME, **terms)
    new_key = _closed({"name": _NAME}, key=nullable(_SECRET), long=_FLAG, **_key_terms(catalog))
    grant = _closed({"amount": _credits(-MAX_CREDITS)}, reason=_REASON, reference=_REASON)
    granted = shape({"account": TEXT, "credits": referred("Balance")})
    with_secret = {"allOf": [referred("Key"), shape({"key": TEXT})]}
    return {
        "/admin/accounts": {
            "get": _does("accounts", "accounts", shape({"accounts": listed(account)}), *_page()),
            "post": _does("new_account", "a new account", account, body=new, links=_with_account()),
        },
        "/admin/accounts/{account_id}": {
            "get": _does("account_of", "an account", account, at),
            "patch": _does("change_account", "change its terms", account, at, body=changes),
        },
        "/admin/accounts/{account_id}/keys": {
            "get": _does("keys_of", "its keys", shape({"keys": listed(referred("Key"))}), at),
            "post": _does("new_key", "a new key", with_secret, at, body=new_key, links=_with_key()),
        },
        "/admin/books": {"get": _does("books", "what the check of the books has found", _BOOKS)},
        "/admin/accounts/{account_id}/credits": {
            "post": _does("grant", "give credits; a negative amount takes back", granted, at, body=grant)
        },
        "/admin/accounts/{account_id}/ledger": {
            "get": _does("ledger", "its ledger", shape({"entries": listed(referred("Entry"))}), at, seq, _page()[1])
        },
    }


def _keys(catalog: Catalog) -> dict[str, dict[str, Schema]]:
    at, key = in_path("key_id"), referred("Key")
    changes = _closed({}, name=_NAME, **_key_terms(catalog))
    refund = _closed({}, amount=nullable(_PRICE), reason=_REASON, reference=_REASON)
    back = shape({"account": TEXT, "request_id": TEXT, "refunded": NUMBER, "credits": referred("Balance")})
    return {
        "/admin/keys": {"get": _does("keys", "keys of all accounts", shape({"keys": listed(key)}), *_page())},
        "/admin/keys/{key_id}": {
            "get": _does("key", "a key, without its secret", key, at),
            "patch": _does("change_key", "change its terms", key, at, body=changes),
            "delete": _does("revoke_key", "revoke it; its row stays", key, at),
        },
        "/admin/quarantine": {
            "get": _does("quarantine", "requests that cost workers", shape({"requests": listed(_POISON)}), *_page())
        },
        "/admin/requests/{request_id}/refund": {
            "post": _does("refund", "pay back; all that is left unless told", back, in_path("request_id"), body=refund)
        },
    }


def _does(
    name: str, about: str, found: Schema, *parameters: Schema, body: Schema | None = None, links: Any = None
) -> Schema:
    answers: dict[int, Any] = {**refusals(DIALECT, READING if body is None else POSTING), 200: found}
    return operation(
        f"admin_{name}", about, OPERATORS, answers, body=body, parameters=parameters, links=links
    )  # fmt: skip


def _page() -> tuple[Schema, Schema]:
    most = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    return query("after", TEXT, "the id of the last row that was seen"), query("limit", most)


def _with_account() -> dict[str, Schema]:
    names = {"account_of": "it", "keys_of": "its keys", "new_key": "a key for it", "ledger": "its ledger",
             "change_account": "change its terms", "grant": "give it credits"}  # fmt: skip
    return {name: link(f"admin_{name}", about, account_id="/id") for name, about in names.items()}


def _with_key() -> dict[str, Schema]:
    names = {"key": "it", "change_key": "change its terms", "revoke_key": "revoke it"}
    return {name: link(f"admin_{name}", about, key_id="/id") for name, about in names.items()}


def _closed(required: dict[str, Schema], **optional: Schema) -> Schema:
    return shape(required, **optional) | {"additionalProperties": False}


def _account_terms() -> dict[str, Schema]:
    return {
        "weight": nullable(_WEIGHT),
        "max_jobs": _COUNT,
        "daily_cap": nullable(_PRICE),
        "disabled": {"anyOf": _FLAG["anyOf"][:-1]},
        "frozen": {"anyOf": _FLAG["anyOf"][:-1]},
    }


def _key_terms(catalog: Catalog) -> dict[str, Schema]:
    models = {"type": "array", "items": {"enum": [card.slug for card in catalog]}, "minItems": 1}
    return {
        "models": nullable(models),
        "scopes": nullable({"type": "array", "items": {"enum": list(SCOPES)}, "minItems": 1}),
        "expires_at": nullable({"anyOf": _MOMENT}),
        "rpm": accepted(Integer(minimum=0, maximum=1_000_000)),
        "burst": _COUNT,
        "max_jobs": _COUNT,
        "daily_cap": nullable(_PRICE),
        "v1_response": nullable({"enum": ["json", "binary"]}),
        "choices": nullable({"type": "array", "items": {"enum": list(RESTRICTED)}}),
        "safety_floor": accepted(Choice(choices=SAFETY_LEVELS, fold_case=True)),
        "may_skip_watermark": _FLAG,
    }


def _usage() -> dict[str, dict[str, Schema]]:
    account = query("account", TEXT, "only this one")
    return {
        "/v1/usage": {"get": _report("usage", "what this account used", GROUPS[:3])},
        "/admin/usage": {"get": _report("all_usage", "what all accounts used", GROUPS, account)},
    }


def _report(name: str, about: str, groups: tuple[str, ...], *more: Schema) -> Schema:
    counts = dict.fromkeys(COUNTS, NUMBER)
    report = shape(
        {"from": DAY, "to": DAY, "group_by": {"enum": list(groups)}, "usage": listed(shape(counts)),
         "total": shape(counts)}
    )  # fmt: skip
    parameters = [
        query("from", DAY, "30 days before `to` unless given; the span is 366 days at most"),
        query("to", DAY, "today unless given"),
        query("group_by", {"enum": list(groups), "default": "day"}),
        query("format", {"enum": ["json", "csv"], "default": "json"}),
        *more,
    ]
    answers: dict[int, Any] = {
        **refusals(DIALECT, READING),
        200: {"application/json": report, "text/csv": TEXT},
    }
    return operation(name, about, USAGE, answers, parameters=parameters)
