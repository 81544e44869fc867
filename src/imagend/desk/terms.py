"""What an operator writes about a key or an account, read into our own types: the same for HTTP and command line.

Each reader takes what JSON can hold (or the words of a command line) and raises BadParameter, which names the field
and what is allowed. `null` takes a term away. Money is in credits here, in micro-credits inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from imagend.core.errors import BadParameter
from imagend.core.ledger import to_microcredits
from imagend.core.params import Choice, Integer, Number, Text, read_flag
from imagend.core.recipe import SAFETY_LEVELS
from imagend.desk.keys import ORDINARY, SCOPES

RESTRICTED = ("ALLOW_ALL", "BLOCK_NONE")
MAX_CREDITS = 10**9  # of one entry
_END_AT = 1e11  # the year 5138; whatever is stored can be shown in any time zone
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:[.][0-9]{1,18})?")
_SPAN = re.compile(r"(\d{1,6})([mhd])")
_SPAN_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

_WEIGHT = Number(minimum=0.01, maximum=100)

Reader = Callable[[str, object], Any]


def read_key_terms(sent: Mapping[str, object], now: float, models: Collection[str] | None = None) -> dict[str, Any]:
    """Changes of a Key, by field. models: the slugs that exist, if they are to be checked."""
    return _read(sent, _key_fields(now, models))


def read_account_terms(sent: Mapping[str, object], now: float) -> dict[str, Any]:
    """Changes of an account: `name`, `weight` and the fields of AccountTerms."""
    fields: dict[str, tuple[str, Reader]] = {
        "name": ("name", _name),
        "max_jobs": ("max_jobs", _optional(Integer(minimum=1, maximum=10**6).read)),
        "daily_cap": ("daily_cap_microcredits", _optional(read_price)),
        "weight": ("weight", lambda name, value: 1.0 if value is None else _WEIGHT.read(name, value)),
        "frozen": ("frozen_at", lambda name, value: now if read_flag(name, value) else None),
        "disabled": ("disabled_at", lambda name, value: now if read_flag(name, value) else None),
    }
    return _read(sent, fields)


def _key_fields(now: float, models: Collection[str] | None) -> dict[str, tuple[str, Reader]]:
    """Name of the field as it is sent -> (name of Key's field, its reader)."""
    return {
        "name": ("name", _name),
        "models": ("models", _optional(partial(_models, models))),
        "scopes": ("scopes", lambda name, value: ORDINARY if value is None else _words(SCOPES, name, value, least=1)),
        "expires_at": ("expires_at", _optional(partial(read_moment, now))),
        "rpm": ("rpm", _optional(Integer(minimum=0, maximum=10**6).read)),
        "burst": ("burst", _optional(Integer(minimum=1, maximum=10**6).read)),
        "max_jobs": ("max_jobs", _optional(Integer(minimum=1, maximum=10**6).read)),
        "daily_cap": ("daily_cap_microcredits", _optional(read_price)),
        "v1_response": ("v1_response", _optional(Choice(choices=("json", "binary")).read)),
        "choices": ("choices", lambda name, value: _words(RESTRICTED, name, [] if value is None else value)),
        "safety_floor": ("safety_floor", _optional(Choice(choices=SAFETY_LEVELS, fold_case=True).read)),
        "may_skip_watermark": ("may_skip_watermark", lambda name, value: value is not None and read_flag(name, value)),
    }  # fmt: skip


def _read(sent: Mapping[str, object], fields: Mapping[str, tuple[str, Reader]]) -> dict[str, Any]:
    for name in sent:
        if name not in fields:
            raise BadParameter(name, f"{name} is not known here; known are {', '.join(fields)}")
    return {fields[name][0]: fields[name][1](name, value) for name, value in sent.items()}


def _optional(read: Reader) -> Reader:
    return lambda name, value: None if value is None else read(name, value)


def _name(name: str, value: object) -> str:
    word: str = Text(max_length=200).read(name, value)
    if not word.strip():
        raise BadParameter(name, f"{name} must not be empty")
    return word.strip()


def read_amount(name: str, value: object) -> int:
    """Credits, a number or decimal text, as micro-credits; negative ones too."""
    decimal = isinstance(value, str) and _DECIMAL.fullmatch(value) is not None
    if not decimal and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise BadParameter(name, f"{name} must be a number of credits")
    try:
        amount = to_microcredits(str(value))
    except ValueError as error:
        raise BadParameter(name, str(error)) from error
    if abs(amount) > MAX_CREDITS * 10**6:
        raise BadParameter(name, f"{name} must be at most {MAX_CREDITS} credits")
    return amount


def read_price(name: str, value: object) -> int:
    """As `read_amount`, and more than nothing."""
    amount = read_amount(name, value)
    if amount <= 0:
        raise BadParameter(name, f"{name} must be more than 0 credits")
    return amount


def read_moment(now: float, name: str, value: object) -> float:
    """Epoch seconds from epoch seconds, from ISO 8601 (UTC where it names no zone), or from a span from now: 30d."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _END_AT:
        return float(value)
    if isinstance(value, str):
        span = _SPAN.fullmatch(value.strip())
        if span is not None:
            return now + timedelta(**{_SPAN_UNITS[span[2]]: int(span[1])}).total_seconds()
        try:
            moment = datetime.fromisoformat(value.strip())
            at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            if 0 <= at < _END_AT:
                return at
        except (ValueError, OverflowError):
            pass
    raise BadParameter(name, f"{name} must be a time such as 2027-01-31T12:00:00Z, or a span such as 12h or 30d")


def _words(known: tuple[str, ...], name: str, value: object, least: int = 0) -> frozenset[str]:
    if not isinstance(value, list | tuple) or not all(word in known for word in value) or len(value) < least:
        raise BadParameter(name, f"{name} must be a list of {', '.join(known)}")
    return frozenset(value)


def _models(known: Collection[str] | None, name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value or not all(isinstance(word, str) for word in value):
        raise BadParameter(name, f"{name} must be a list of models, or null for all of them")
    for word in value:
        if known is not None and word not in known:
            raise BadParameter(name, f"{name}: there is no model {word}; there are {', '.join(known)}")
    return tuple(dict.fromkeys(value))
