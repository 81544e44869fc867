from __future__ import annotations

from faults.report import Finding, dumps, loads


def test_there_and_back() -> None:
    finding = Finding(fault_ids=("F15", "C18"), title="cut at COMMIT", repetitions=3, acknowledged=7,
                      violations=["seed 4: lost"], recovery_seconds=[0.5], notes={"points": 9})  # fmt: skip
    assert loads(dumps([finding])) == [finding]
    assert not finding.held
    assert Finding(fault_ids=(), title="", repetitions=0, acknowledged=0).held
