"""One table of statuses; trouble below the HTTP room; bodies that nobody wrote on purpose."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import imagend.api.errors as api_errors
from imagend.api.body import MAX_DEPTH, parse_object
from imagend.api.connection import ConnectionLimits
from imagend.api.errors import FAILED_JOB, STATUS, status_of_failure
from imagend.core.errors import BadParameter, BadRequest, ImagendError, StorageUnavailable
from tests.api.house import Guest, cards, open_house
from tests.api.test_connection import GET, Line

#: Never shown to clients: the server does not start, or the caller is a worker.
INSIDE = {"bad_setting", "blob_exists", "other_protocol", "terms_changed"}


def kinds(root: type[ImagendError]) -> Iterator[type[ImagendError]]:
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


def test_every_error_has_a_status() -> None:
    assert api_errors.ClientGone  # all kinds are imported
    ours = [kind for kind in kinds(ImagendError) if not kind.__module__.startswith("imagend.workers")]
    codes = {kind.code for kind in ours}
    assert codes - INSIDE <= set(STATUS)
    assert all(400 <= status < 600 for status in STATUS.values())


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("content_blocked", 422),
        ("cancelled", 422),
        ("bad_parameter", 422),
        ("anything a worker may say", 422),
        ("backend_failed", 500),
        ("worker_lost", 502),
        ("deadline_exceeded", 504),
    ],
)
def test_statuses_of_failed_jobs(code: str, status: int) -> None:
    assert status_of_failure(code) == status
    assert FAILED_JOB == 422


def storage_fails(*_: Any) -> Any:
    raise StorageUnavailable


def test_storage_trouble_is_503(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(guest.house.services.desk), "submit", storage_fails)
    monkeypatch.setattr(type(guest.house.services.desk), "counts", storage_fails)
    answer = guest.http.post("/v2/imagen", json={"prompt": "a kite"})
    assert (answer.status_code, answer.json()) == (503, {"error": "Storage is unavailable; try again."})
    health = guest.http.get("/health")
    assert (health.status_code, health.json()["status"]) == (503, "unavailable")
    assert guest.available == 100_000_000


def test_connections_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    with open_house(tmp_path, limits=ConnectionLimits(max_connections=2)) as house:
        with Line(house) as first, Line(house) as second:
            for line in (first, second):
                line.send(GET)
                assert line.answer()[0] == 200
            with Line(house) as third:
                assert third.rest() == b""
            first.send(GET)
            assert first.answer()[0] == 200
        with Line(house) as later:
            later.send(GET)
            assert later.answer()[0] == 200


# --- any bytes at all

CHARACTERS = st.sampled_from('a0-.eE \0\n"é猫🐈')
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(CHARACTERS, max_size=8)
)
VALUES = PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.text(CHARACTERS, max_size=2), PLAIN, max_size=2)
FIELDS = ["prompt", "width", "steps", "seed", "scheduler", "aspect_ratio", "num_images", "output_format", "samples"]
CATALOG = cards()


@settings(deadline=None)
@given(st.binary(max_size=200))
@example(b'{"prompt":"\\udc00"}')
@example(b'{"a":1e400}')
@example(b'{"a":-' + b"9" * 4000 + b"}")
@example(b"[" * 50_000)
@example(b'{"a":' * 50_000)
def test_bytes_are_an_object_or_refused(body: bytes) -> None:
    said, value = "", None
    try:
        value = parse_object(body)
    except BadRequest as refusal:
        said = refusal.message
    if value is None:
        assert said.startswith("body must be a JSON object")
    else:
        assert isinstance(value, dict)
        msgspec.json.encode(value)  # can be stored, logged and answered


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6), st.sampled_from([card.slug for card in CATALOG]))
def test_any_object_is_a_recipe_or_a_named_field(fields: dict[str, Any], slug: str) -> None:
    card = CATALOG.get(slug)
    refusal, recipe = None, None
    try:
        recipe = card.resolve(parse_object(json.dumps({"prompt": "a kite"} | fields).encode()), lambda: 7).recipe
    except BadParameter as error:
        refusal = error
    if recipe is None:
        assert refusal is not None
        assert refusal.name in {*card.params, *card.aliases}
    else:
        assert 256 <= recipe.width <= 2816
        assert 1 <= recipe.steps <= 100
        assert 0 <= recipe.seed < 2**31
        assert 1 <= recipe.count <= 4
        msgspec.json.encode(recipe.to_dict())


@pytest.mark.parametrize("value", [b"{},", b"[],", b"0,", b'"",', b"[" * 15 + b"]" * 15 + b","])
def test_values_are_counted_before_they_are_made(value: bytes) -> None:
    """A body as large as uploads may be: its values would take a thousand times its room, and seconds."""
    body = b'{"a":[' + value * (40_000_000 // len(value)) + b"0]}"
    tracemalloc.start()
    try:
        with pytest.raises(BadRequest, match="body must be a JSON object of fewer values"):
            parse_object(body)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_one_large_value_is_no_crowd() -> None:
    assert len(str(parse_object(b'{"a":"' + b"x" * 10_000_000 + b'"}')["a"])) == 10_000_000


@pytest.mark.parametrize("depth", [1, 2, 15, 16, 17, 40])
def test_depth_is_counted_exactly(depth: int) -> None:
    body = b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}" if depth > 1 else b"{}"
    if depth <= MAX_DEPTH:
        assert isinstance(parse_object(body), dict)
    else:
        with pytest.raises(BadRequest, match="nested at most 16"):
            parse_object(body)
