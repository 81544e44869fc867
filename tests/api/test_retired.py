"""A model that its operator has retired: refused in every dialect, never charged, still listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from tests.api.edge_cases import google, openai, refused, v1, v2
from tests.api.house import cards, open_house


def test_retired(tmp_path: Path) -> None:
    with open_house(tmp_path, catalog=cards().without(["imagen-4"])) as house:
        guest = house.guest()
        for answer, status in ((v1(guest, "imagen-4"), 410), (v2(guest, "imagen-4"), 410)):
            refused(guest, answer, status, "Model imagen-4 is retired on this server")
        refused(guest, google(guest), 404, "retired")
        refused(guest, openai(guest, model="imagen-4"), 410, "retired")
        refused(guest, v2(guest, "imagen-4", prompt=""), 400)
        listed = guest.http.get("/inference-model-information/list").json()["models"]
        assert {row["slug"] for row in listed if row["is_depreciated"]} == {"imagen-4"}
        assert v2(guest, "imagen").status_code == 200


def test_unknown_models_cannot_retire() -> None:
    with pytest.raises(BadSetting, match="retired_models: there is no model 'imagen-5'"):
        cards().without(["imagen-5"])
