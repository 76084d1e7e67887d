"""Counts of work that wait to be told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Dict

MOST_UNITS = 10**17
"""More than any workload delivers in the life of a process; the agent takes no more."""


@dataclass
class Counts:
    units: int = 0
    accepted: int = 0
    input: int = 0

    def __bool__(self) -> bool:
        return bool(self.units or self.accepted or self.input)

    def plus(self, other: Counts) -> Counts:
        return Counts(self.units + other.units, self.accepted + other.accepted, self.input + other.input)

    def as_dict(self) -> Dict[str, int]:
        return {"units": self.units, "accepted": self.accepted, "input": self.input}


def new_name() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Batch:
    """Counts under a name: sent again after a lost answer, they count once."""

    counts: Counts
    once: str

    def as_body(self) -> Dict[str, Any]:
        return {"once": self.once, **{name: str(count) for name, count in self.counts.as_dict().items()}}
