"""What of the tables for a GPU needs no torch: the page, the command line, and the load that is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench.gpu import arrivals, page
from bench.gpu.__main__ import main
from bench.gpu.tables import TABLES
from bench.report import DOCS


def test_the_page_says_what_ran_on_a_gpu_and_what_did_not() -> None:
    assert (DOCS / "benchmarks.md").read_text("utf-8").endswith(page.section())


def test_only_runs_of_full_size_on_a_gpu_are_shown(tmp_path: Path) -> None:
    def record(**changes: object) -> str:
        made = {"title": "T", "about": "A", "small": False, "machine": {"device": "NVIDIA H200"}, "notes": ["n"],
                "rows": [{"ms": 128.4}]}  # fmt: skip
        (tmp_path / "bench-gpu-flux.json").write_text(json.dumps(made | changes))
        return page.section(tmp_path)

    assert "128" in record()
    for never in ({"small": True}, {"machine": {"device": "cpu"}}, {"rows": []}):
        assert "128" not in record(**never)
    assert "`python -m bench.gpu flux`" in page.section(tmp_path / "none")


def test_models_of_full_size_are_not_tried_on_a_cpu(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["flux", "--device", "cpu"])
    assert "--small" in capsys.readouterr().err


def test_what_lists_the_tables_needs_no_library() -> None:
    ask = "import sys; from bench.gpu.__main__ import main; main(['list']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    *listed, loaded = done.stdout.splitlines()
    assert listed == list(TABLES)
    assert not {"torch", "numpy", "httpx", "msgspec"} & set(loaded.split())


@pytest.mark.parametrize("count", [1, 5, 20, 37])
def test_requests_come_by_their_shares_whatever_the_seed(count: int) -> None:
    one, other = (arrivals.requests(count, 2.0, seed) for seed in (1, 2))
    assert Counter(each.side for each in one) == Counter(each.side for each in other)
    assert len(one) == count
    if count == 20:
        assert Counter((each.side, each.steps) for each in one) == {
            (512, 20): 3,
            (768, 20): 5,
            (1024, 25): 9,
            (1536, 35): 3,
        }


def test_arrivals_are_those_of_the_seed_at_the_rate() -> None:
    asked = arrivals.requests(2000, 5.0, seed=3)
    assert asked == arrivals.requests(2000, 5.0, seed=3)
    assert asked[0].arrives == 0
    assert asked[-1].arrives == pytest.approx(400, rel=0.1)


def test_ratios_keep_the_pixels_of_their_class() -> None:
    asked = arrivals.requests(100, 1.0, seed=1, ratios=True)
    assert {each.width > each.height for each in asked} == {True, False}
    for each in asked:
        assert each.width % arrivals.GRID == each.height % arrivals.GRID == 0
        assert each.width * each.height == pytest.approx(each.side**2, rel=0.15)


def test_who_was_in_time() -> None:
    assert arrivals.within([1.0, 2.0, 3.0, 9.0], [1.0, 3.0, 3.0, 3.0]) == 0.75
