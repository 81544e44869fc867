"""What a worker writes beside the pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagend.engine.backend import PromptNotes
from imagend.provenance.seal import UNSEALED
from imagend.workers.finishing import Parcel, receipt
from imagend.workers.leases import Held
from imagend.workers.sealing import made_with
from tests.engine.toy import RECIPE, ToyBackend


@pytest.mark.parametrize("lost", [(), ("negative_prompt",)])
def test_a_receipt_names_what_the_model_drew_without(lost: tuple[str, ...]) -> None:
    held = Held(job_id="j", token="t", attempt=1, solo=False, recipe=RECIPE, renewed_at=0.0, deadline_at=1.0)
    parcel = Parcel(held=held, spec=ToyBackend().spec, admitted_at=0.0, not_applied=lost, notes=PromptNotes())
    notes = receipt(parcel, UNSEALED)
    assert notes.get("not_applied", []) == list(lost)
    assert (notes["weights"], notes["seed"], "unknown_words" in notes) == ("toy-1", RECIPE.seed, False)


def test_receipt_and_manifest_name_the_loras_and_their_weights() -> None:
    recipe = replace(RECIPE, loras=(("ink", 0.5),))
    spec = replace(ToyBackend().spec, adapters={"ink": "abc"})
    held = Held(job_id="j", token="t", attempt=1, solo=False, recipe=recipe, renewed_at=0.0, deadline_at=1.0)
    said = [{"name": "ink", "scale": 0.5, "weights": "abc"}]
    assert receipt(Parcel(held=held, spec=spec, admitted_at=0.0), UNSEALED)["loras"] == said
    assert made_with(recipe, spec, 5, with_prompt=False)["loras"] == said
    assert "loras" not in made_with(RECIPE, spec, 5, with_prompt=False)
