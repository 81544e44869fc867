"""Other servers that models are forwarded to, as the operator's TOML file names them. Keys are not in it, only where
they are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from imagend.core.errors import BadSetting

PREFIX = "upstream:"  # of the backend's name, on cards and in claims
KINDS = ("imagend", "segmind")
MAX_AT_ONCE = 256

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_URL = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:/[A-Za-z0-9._~-]+)*/?")
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """One server with this wire contract, and our account there.

    `kind` imagend: it honours Idempotency-Key, exact sizes and DELETE, so an order may be repeated and withdrawn.
    `kind` segmind: it promises none of that; it is sent documented fields only, and each order once.
    """

    name: str
    url: str  # origin, perhaps with a path in front of /v2
    kind: str = "imagend"  # one of KINDS
    key_file: str = ""  # exactly one of these two
    key_env: str = ""
    timeout_seconds: float = 300.0  # from the order's acceptance there to its end
    answer_seconds: float = 30.0  # for one answer
    poll_seconds: float = 1.0  # longest pause between two looks
    at_once: int = 8  # orders there at a time, of one gateway
    picture_hosts: tuple[str, ...] = ()  # host[:port] of pictures, beside its own; they never see the key
    models: Mapping[str, str] = field(default_factory=dict)  # slug here -> slug there

    @property
    def backend(self) -> str:
        return PREFIX + self.name

    @property
    def honours_keys(self) -> bool:
        return self.kind == "imagend"


def is_upstream(backend: str) -> bool:
    return backend.startswith(PREFIX)


def read_upstreams(text: str) -> tuple[Upstream, ...]:
    """A table per server; see docs/upstream.md. Raises BadSetting naming the table and the field."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(f"upstreams_file: {error}") from error
    found = tuple(_upstream(name, table) for name, table in tables.items())
    _check_once(slug for one in found for slug in one.models)
    return found


def _check_once(slugs: Iterable[str]) -> None:
    seen: set[str] = set()
    for slug in slugs:
        if slug in seen:
            raise BadSetting(f"upstreams_file: model {slug} is forwarded twice")
        seen.add(slug)


def _upstream(name: str, table: Any) -> Upstream:
    where = f"upstreams_file: [{name}]"
    if not _NAME.fullmatch(name) or not isinstance(table, dict):
        raise BadSetting(f"{where} must be a table named with a-z, 0-9 and -")
    known = {spec.name: spec for spec in fields(Upstream) if spec.name != "name"}
    if unknown := sorted(table.keys() - known.keys()):
        raise BadSetting(f"{where} has no field {unknown[0]}; there are {', '.join(known)}")
    values = {key: _typed(f"{where} {key}", key, value) for key, value in table.items()}
    if "url" not in values:
        raise BadSetting(f"{where} url is missing")
    one = Upstream(name=name, **values)
    if problem := _problem(one):
        raise BadSetting(f"{where} {problem}")
    return one


def _typed(where: str, key: str, value: Any) -> Any:
    match key:
        case "models":
            if isinstance(value, dict) and all(isinstance(slug, str) for slug in value.values()):
                return value
            raise BadSetting(f'{where} must be a table: slug here = "slug there"')
        case "picture_hosts":
            if isinstance(value, list) and all(isinstance(host, str) for host in value):
                return tuple(value)
            raise BadSetting(f"{where} must be a list of texts")
        case "timeout_seconds" | "answer_seconds" | "poll_seconds" | "at_once":
            whole = key == "at_once"
            if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
                raise BadSetting(f"{where} must be a {'whole ' if whole else ''}number")
            return value if whole else float(value)
        case _:
            if not isinstance(value, str):
                raise BadSetting(f"{where} must be a text")
            return value


def _problem(one: Upstream) -> str:
    """What is wrong with it, "" for nothing."""
    bad_slug = next((slug for slug in one.models.values() if not _SLUG.fullmatch(slug)), None)
    bad_host = next((host for host in one.picture_hosts if not _HOST.fullmatch(host)), None)
    checks = (
        (bool(_URL.fullmatch(one.url)), "url must be http(s)://host[:port][/path]"),
        (one.kind in KINDS, f"kind must be one of {', '.join(KINDS)}, not {one.kind!r}"),
        (bool(one.key_file) != bool(one.key_env), "needs key_file or key_env, and not both"),
        (not one.key_env or bool(_VARIABLE.fullmatch(one.key_env)), "key_env must be the name of a variable"),
        (1 <= one.timeout_seconds <= 86_400, "timeout_seconds must be from 1 to 86400"),
        (0.1 <= one.answer_seconds <= 600, "answer_seconds must be from 0.1 to 600"),
        (0.05 <= one.poll_seconds <= 60, "poll_seconds must be from 0.05 to 60"),
        (1 <= one.at_once <= MAX_AT_ONCE, f"at_once must be from 1 to {MAX_AT_ONCE}"),
        (bad_host is None, f"picture_hosts must be host or host:port, not {bad_host!r}"),
        (bad_slug is None, f"models: {bad_slug!r} is no slug"),
        (bool(one.models), 'models is missing: a table slug here = "slug there"'),
    )
    return next((words for holds, words in checks if not holds), "")
