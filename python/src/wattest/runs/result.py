"""What the agent says of a run that has ended, and what its archive shows of each step."""

from __future__ import annotations

import gzip
import json
import zlib
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple


@dataclass(frozen=True)
class Step:
    """One step of a workload: Unix times in ms, what it delivered, and the values that the script gave with it."""

    number: int
    start_ms: float
    end_ms: float
    units: int = 0
    accepted: int = 0
    input: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    joules: Optional[float] = None
    """Energy of the step, between captures by the line between them; None where the archive cannot be read."""


@dataclass(frozen=True)
class Result:
    """The last run of a workload. Energy in J, with its expanded uncertainty (k = 2); times in Unix ms."""

    run: int
    root: str
    folder: Path
    """The run in the device's archive, which is private to the device's account."""
    start_ms: int
    end_ms: int
    energy_joules: float
    uncertainty_joules: float
    units: int
    accepted: int
    input: int
    energy_grade: str
    work_grade: str
    carbon_grams: float

    @property
    def seconds(self) -> float:
        return (self.end_ms - self.start_ms) / 1000

    @property
    def joules_per_unit(self) -> Optional[float]:
        return self.energy_joules / self.units if self.units else None

    @property
    def device(self) -> str:
        """The device's identifier, in hexadecimal."""
        return f"0x{self.folder.parent.name}"

    @property
    def archive(self) -> Path:
        return self.folder.parent.parent


def result_of(said: Mapping[str, Any]) -> Result:
    """From the agent's answer to the end of a workload. Raises KeyError or ValueError on any other."""
    registers = said["registers"]
    return Result(
        run=int(said["run"]),
        root=str(said["root"]),
        folder=Path(said["folder"]),
        start_ms=int(said["startTimeMs"]),
        end_ms=int(said["endTimeMs"]),
        energy_joules=int(registers["energyMillijoules"]) / 1000,
        uncertainty_joules=int(registers["uncertaintyMillijoules"]) / 1000,
        units=int(registers["workUnits"]),
        accepted=int(registers["acceptedUnits"]),
        input=int(registers["inputUnits"]),
        energy_grade=str(said["energyGrade"]),
        work_grade=str(said["workGrade"]),
        carbon_grams=int(registers["carbonMilligrams"]) / 1000,
    )


def with_energy(steps: Sequence[Step], folder: Path) -> List[Step]:
    """The steps with the energy that the captures of a run show for them."""
    times, joules = _captures(folder)
    if not times:
        return list(steps)
    return [
        Step(**{**vars(step), "joules": _at(times, joules, step.end_ms) - _at(times, joules, step.start_ms)})
        if times[0] <= step.start_ms and step.end_ms <= times[-1]
        else step
        for step in steps
    ]


def _captures(folder: Path) -> Tuple[List[int], List[float]]:
    times: List[int] = []
    joules: List[float] = []
    try:
        with gzip.open(folder / "evidence.ndjson.gz", "rt", encoding="utf-8") as lines:
            next(lines, None)  # The header.
            for line in lines:
                capture: Dict[str, Any] = json.loads(line)
                times.append(int(capture["timeMs"]))
                joules.append(int(capture["registers"]["energyMillijoules"]) / 1000)
    except (OSError, EOFError, zlib.error, ValueError, KeyError):
        return [], []
    return times, joules


def _at(times: Sequence[int], joules: Sequence[float], time_ms: float) -> float:
    """The register at a time between two captures."""
    i = bisect_left(times, time_ms)
    if i == 0 or times[i] == time_ms:
        return joules[i]
    share = (time_ms - times[i - 1]) / (times[i] - times[i - 1])
    return joules[i - 1] + share * (joules[i] - joules[i - 1])
