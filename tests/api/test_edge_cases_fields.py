"""The contract's table of edge cases, one row each: prompt and body, fields. The server's painter works by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api.edge_cases import (
    BYTES,
    FAST,
    GOOGLE,
    OPENAI,
    PROMPT_ERROR,
    SMALL,
    accepted,
    error,
    google,
    openai,
    picture,
    recipe,
    refused,
    size,
    v1,
    v2,
)  # fmt: skip
from tests.api.house import Guest


def e1_prompt_missing(guest: Guest) -> None:
    for version in ("v1", "v2"):
        refused(guest, guest.http.post(f"/{version}/imagen", json={}), 400, PROMPT_ERROR)


def e2_prompt_empty_or_blank(guest: Guest) -> None:
    for prompt in ("", "  \n"):
        refused(guest, v2(guest, prompt=prompt), 400, PROMPT_ERROR)


def e4_prompt_of_any_letters(guest: Guest) -> None:
    answer = v2(guest, prompt=' a "kite" 風筝 🪁 \U0001f9ff\0 end', **SMALL)
    assert recipe(guest, answer).prompt == ' a "kite" 風筝 🪁 \U0001f9ff end'


def e6_instances_missing(guest: Guest) -> None:
    for body in ({}, {"instances": []}, {"instances": [{}]}, {"instances": [{"prompt": ""}]}):
        answer = guest.http.post(GOOGLE, json=body)
        refused(guest, answer, 400)
        assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


def e8_no_parameters(guest: Guest) -> None:
    answer = guest.http.post(GOOGLE, json={"instances": [{"prompt": "a kite"}]})
    assert [row["mimeType"] for row in accepted(answer)["predictions"]] == ["image/png"] * 4


def e9_no_model(guest: Guest) -> None:
    answer = openai(guest)
    assert len(accepted(answer)["data"]) == 1
    assert recipe(guest, answer).model == "imagen-4"


def e10_bodies_that_are_no_object(guest: Guest) -> None:
    for content in (b"", b"null", b"[]", b'"x"', b"{bad", b'{"prompt":"a",}', b'{"prompt":"\xff"}', b'{"prompt":NaN}'):
        for path in (f"/v1/{FAST}", f"/v2/{FAST}", GOOGLE, OPENAI):
            answer = guest.http.post(path, content=content, headers=BYTES)
            refused(guest, answer, 400, "body must be a JSON object")


def e15_content_type_absent_or_plain(guest: Guest) -> None:
    for headers in ({}, {"content-type": "text/plain"}):
        accepted(guest.http.post(f"/v2/{FAST}", content=b'{"prompt":"a kite"}', headers=headers))


def e18_content_type_with_charset_or_in_capitals(guest: Guest) -> None:
    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON"):
        accepted(guest.http.post(f"/v2/{FAST}", content=b'{"prompt":"a kite"}', headers={"content-type": kind}))


def e20_unknown_fields(guest: Guest) -> None:
    answer = v2(guest, foo=1, timeout=30, interval=0.5)
    accepted(answer)
    assert answer.headers["x-ignored-params"] == "foo, interval, timeout"


def e22_aspect_ratio_omitted(guest: Guest) -> None:
    sizes = {slug: size(guest, v2(guest, slug)) for slug in ("imagen", "imagen-4", FAST, "imagen-4-ultra")}
    assert sizes == {
        "imagen": (1408, 768), "imagen-4": (1280, 896), FAST: (1408, 768), "imagen-4-ultra": (2048, 2048),
    }  # fmt: skip


def e23_both_documents_of_fast(guest: Guest) -> None:
    assert size(guest, v2(guest, aspect_ratio="16:9", negative_prompt="blurry")) == (1408, 768)
    assert size(guest, v2(guest, width=512, height=512, steps=25, scheduler="DDIM")) == (512, 512)


def e24_one_side_only(guest: Guest) -> None:
    assert size(guest, v2(guest, width=300)) == (300, 512)
    assert size(guest, v2(guest, height=300)) == (512, 300)


def e25_pixels_beat_the_ratio(guest: Guest) -> None:
    answer = v1(guest, width=301, height=257, aspect_ratio="9:16", response_format="binary")
    assert picture(answer.content).size == (301, 257)


def e29_bounds_of_steps_and_guidance(guest: Guest) -> None:
    for fields in ({"steps": 0}, {"steps": 101}, {"guidance_scale": 0.99}, {"guidance_scale": 20.01}):
        refused(guest, v2(guest, **fields), 400, next(iter(fields)))
    for fields in ({"steps": 1}, {"steps": 100}, {"guidance_scale": 1}, {"guidance_scale": 20}):
        accepted(v2(guest, **fields))


def e30_unknown_scheduler(guest: Guest) -> None:
    refused(guest, v2(guest, scheduler="DPM++ 2M"), 400, "DPMSolverMultistep")
    assert v2(guest, "imagen", scheduler="DPM++ 2M").headers["x-ignored-params"] == "scheduler"


def e31_all_five_schedulers(guest: Guest) -> None:
    """That their pictures differ is shown on the real model in tests/system."""
    names = ["DDIM", "PNDM", "LMSDiscrete", "DPMSolverMultistep", "EulerAncestralDiscrete"]
    assert [recipe(guest, v2(guest, scheduler=name)).scheduler for name in names] == names


def e32_random_seeds(guest: Guest) -> None:
    answers = [v1(guest, seed=-1, response_format="binary", **SMALL) for _ in range(2)]
    seeds = [int(answer.headers["x-seed-value"]) for answer in answers]
    assert min(seeds) >= 0
    assert seeds[0] != seeds[1]
    assert answers[0].content != answers[1].content


def e33_same_seed_same_pixels(guest: Guest) -> None:
    first, second = (v1(guest, seed=7, response_format="binary", **SMALL) for _ in range(2))
    assert picture(first.content).tobytes() == picture(second.content).tobytes()


def e35_a_random_seed_replayed(guest: Guest) -> None:
    first = v1(guest, response_format="binary", **SMALL)
    again = v1(guest, seed=int(first.headers["x-seed-value"]), response_format="binary", **SMALL)
    assert picture(first.content).tobytes() == picture(again.content).tobytes()


def e37_person_generation_in_any_case(guest: Guest) -> None:
    for value in ("ALLOW_ALL", "X"):
        refused(guest, v2(guest, "imagen", person_generation=value), 400, "ALLOW_ADULT, DONT_ALLOW")
    assert recipe(guest, v2(guest, "imagen", person_generation="allow_adult")).safety.people == "ALLOW_ADULT"


def e38_block_none_is_the_operators_to_allow(guest: Guest) -> None:
    refused(guest, v2(guest, "imagen", safety_filter_level="BLOCK_NONE"), 400, "safety_filter_level")


def e39_person_generation_where_it_is_not_documented(guest: Guest) -> None:
    assert recipe(guest, v2(guest, "imagen-4", person_generation="DONT_ALLOW")).safety.people == "DONT_ALLOW"


def e42_seed_and_negative_prompt_on_google(guest: Guest) -> None:
    found = recipe(guest, google(guest, seed=5, negativePrompt="rain", sampleCount=1))
    assert (found.seed, found.negative_prompt) == (5, "rain")


def e43_storage_uri(guest: Guest) -> None:
    refused(guest, google(guest, storageUri="gs://bucket/x"), 400, "storageUri")


def e45_number_of_pictures_on_openai(guest: Guest) -> None:
    for number in (0, 11):
        answer = openai(guest, n=number, size="256x256")
        refused(guest, answer, 400)
        assert answer.json()["error"]["param"] == "n"
    assert len(accepted(openai(guest, n="2", size="256x256"))["data"]) == 2


def e48_what_openai_offers_and_we_do_not(guest: Guest) -> None:
    for field, value in (("background", "transparent"), ("output_format", "svg")):
        answer = openai(guest, **{field: value})
        refused(guest, answer, 400)
        assert answer.json()["error"]["param"] == field


def e49_extra_fields_on_openai(guest: Guest) -> None:
    found = recipe(guest, openai(guest, aspect_ratio="16:9", seed=11))
    assert (found.width, found.height, found.seed) == (1408, 768, 11)


ROWS = [value for name, value in sorted(globals().items()) if name[0] == "e" and name[1].isdigit()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_row(row: Callable[[Guest], None], served: Guest) -> None:
    row(served)


def test_errors_are_read_in_all_envelopes(served: Guest) -> None:
    assert {error(answer) for answer in (v2(served, prompt=""), v1(served, prompt=""))} == {PROMPT_ERROR}
