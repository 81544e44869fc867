"""What a set of faults found, as one value that goes to JSON and back.

Every module of this package that can be run by name has `run(count, seed, folder) -> Finding`: `count` repetitions, all
randomness from `seed`, everything it writes below `folder`; or several findings, one for each row of the fault table.
A fault that broke a promise is a sentence in `violations`; an exception means that the set itself could not be run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    fault_ids: tuple[str, ...]  # F1 to F40, C1 to C25
    title: str
    repetitions: int  # faults made
    acknowledged: int  # promises that were given and checked: submits, results, payments
    violations: list[str] = field(default_factory=list)  # promises that were broken; each with what repeats it
    recovery_seconds: list[float] = field(default_factory=list)  # from each fault to the first success after it
    #: Further figures, JSON values. `times`: repetitions for single rows of the table, where they are not those of all;
    #: `alone`: nothing else was under way.
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        return not self.violations

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"fault_ids": list(self.fault_ids)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Finding:
        """Raises TypeError for missing or unknown names."""
        return cls(**{**values, "fault_ids": tuple(values["fault_ids"])})


def dumps(findings: Iterable[Finding]) -> str:
    return json.dumps([finding.to_json() for finding in findings], indent=1) + "\n"


def loads(text: str) -> list[Finding]:
    return [Finding.from_json(values) for values in json.loads(text)]
