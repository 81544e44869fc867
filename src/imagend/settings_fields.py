"""What settings have in common: a field that says what it means, and how values are gathered, read and checked."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, field, fields
from ipaddress import ip_address, ip_network
from typing import Any

from imagend.core.addresses import Network
from imagend.core.errors import BadSetting


def setting(default: Any, about: str, *, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"about": about, "low": low, "high": high})


def gather(
    known: Mapping[str, Field[Any]], prefix: str, environ: Mapping[str, str], flags: Mapping[str, Any],
    others: Collection[str],
) -> dict[str, Any]:  # fmt: skip
    """Values by name. others: variables with this prefix that are somebody else's."""
    variables = {prefix + name.upper(): name for name in known}
    values: dict[str, Any] = {}
    for variable, text in environ.items():
        if variable in variables:
            values[variables[variable]] = text
        elif variable.startswith(prefix) and variable not in others:
            raise BadSetting(_unknown(variable, list(variables)))
    values |= {name: value for name, value in flags.items() if value is not None}
    for name in values.keys() - known.keys():
        raise BadSetting(_unknown(name, list(known)))
    return {name: _parse(name, value, known[name].default) for name, value in values.items()}


def check_bounds(settings: Any) -> None:
    """Every field is within what it says of itself. Raises BadSetting."""
    for spec in fields(settings):
        _check_range(spec.name, getattr(settings, spec.name), spec.metadata["low"], spec.metadata["high"])


def _parse(name: str, value: Any, default: Any) -> Any:
    assert default is not MISSING
    if not isinstance(value, str):
        return value
    try:
        if isinstance(default, bool):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[value.lower()]
        return type(default)(value)
    except (ValueError, KeyError) as error:
        raise BadSetting(f"{name} must be {_kind(default)}, not {value!r}") from error


def _kind(default: Any) -> str:
    return {"bool": "true or false", "int": "a whole number", "float": "a number"}.get(type(default).__name__, "text")


def _check_range(name: str, value: Any, low: float | None, high: float | None) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise BadSetting(f"{name} must be a finite number, not {value:g}")
    if (low is not None and value < low) or (high is not None and value > high):
        bound = f"at least {low:g}" if high is None else f"from {low or 0:g} to {high:g}"
        raise BadSetting(f"{name} must be {bound}, not {value:g}")


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadSetting(f"{name} must be one of {', '.join(allowed)}, not {value!r}")


def _unknown(variable: str, known: list[str]) -> str:
    """The variable or flag as it was written, and what it may have been meant to be."""
    near = difflib.get_close_matches(variable, known, n=1)
    return f"unknown setting {variable}" + (f"; did you mean {near[0]}?" if near else "")


def address(listen: str) -> tuple[str, int] | None:
    host, _, port = listen.rpartition(":")
    return (host.strip("[]"), int(port)) if listen else None


def stays_here(where: tuple[str, int] | None) -> bool:
    """Whether only this machine can connect there."""
    if where is None or where[0] == "localhost":
        return True
    try:
        return ip_address(where[0]).is_loopback
    except ValueError:
        return False


def network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise BadSetting(f"webhook_allow_networks: {error}") from error
