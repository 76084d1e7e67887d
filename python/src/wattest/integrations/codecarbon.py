"""CodeCarbon: its numbers and ours of the same stretch in one table, and why they differ.

Needs no package: it reads the `emissions.csv` that CodeCarbon writes.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from datetime import datetime
from typing import List, Optional, Union

from ..runs.result import Result

_JOULES_PER_KWH = 3.6e6


@dataclass(frozen=True)
class Emissions:
    """One row of `emissions.csv`. Energy in J, time in s, emissions in g CO2e."""

    project: str
    end_ms: Optional[float]
    seconds: float
    joules: float
    cpu_joules: float
    gpu_joules: float
    ram_joules: float
    grams: float
    mode: str
    cpu_model: str
    gpu_model: str
    country: str


def read_emissions(path: Union[str, "os.PathLike[str]"]) -> List[Emissions]:
    """Raises ValueError naming the row that CodeCarbon has not written so."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return [_emissions_of(row, f"{os.fspath(path)}:{i}") for i, row in enumerate(rows, 2)]


def _emissions_of(row: "dict[str, str]", where: str) -> Emissions:
    def number(name: str) -> float:
        """What CodeCarbon does not know it leaves empty."""
        return float(row[name]) if row[name] != "" else 0.0

    try:
        return Emissions(
            project=row["project_name"],
            end_ms=_time(row.get("timestamp", "")),
            seconds=number("duration"),
            joules=number("energy_consumed") * _JOULES_PER_KWH,
            cpu_joules=number("cpu_energy") * _JOULES_PER_KWH,
            gpu_joules=number("gpu_energy") * _JOULES_PER_KWH,
            ram_joules=number("ram_energy") * _JOULES_PER_KWH,
            grams=number("emissions") * 1000,
            mode=row.get("tracking_mode", ""),
            cpu_model=row.get("cpu_model", ""),
            gpu_model=row.get("gpu_model", ""),
            country=row.get("country_name", ""),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ValueError(f"{where}: no row of emissions.csv: {error}") from None


def _time(text: str) -> Optional[float]:
    try:
        return datetime.fromisoformat(text).timestamp() * 1000
    except ValueError:
        return None


@dataclass(frozen=True)
class Comparison:
    emissions: Emissions
    result: Result

    @property
    def difference_joules(self) -> float:
        """CodeCarbon's number less ours."""
        return self.emissions.joules - self.result.energy_joules

    @property
    def agrees(self) -> bool:
        """Whether CodeCarbon's number lies within our uncertainty; it states none of its own."""
        return abs(self.difference_joules) <= self.result.uncertainty_joules

    def reasons(self) -> List[str]:
        """What the two did differently, as far as their own records show."""
        theirs, ours = self.emissions, self.result
        other_seconds = theirs.seconds - ours.seconds
        return [
            *_if(abs(other_seconds) > 0.05 * ours.seconds, f"time: CodeCarbon's stretch is {other_seconds:+.2f} s longer or shorter"),
            f"boundary: CodeCarbon sums its CPU ({theirs.cpu_joules:.1f} J), GPU ({theirs.gpu_joules:.1f} J) and RAM "
            f"({theirs.ram_joules:.1f} J); ours is what the device's meters see, fans, disks and power supplies of a node among it",
            *_if(theirs.ram_joules > 0, "RAM: CodeCarbon models it by its size, nobody measured it"),
            *_if(theirs.gpu_joules == 0, "GPU: CodeCarbon saw none, so that boards metered here are missing from its number"),
            *_if(theirs.mode == "machine", "mode: CodeCarbon counted the whole machine, as our meters do"),
            *_if(theirs.mode == "process", "mode: CodeCarbon counted a share of the machine by its process"),
            "CPU: where CodeCarbon has no right to read RAPL it takes the processor's rated power and load",
            f"uncertainty: ours is ± {ours.uncertainty_joules:.1f} J (k = 2, {ours.energy_grade}); CodeCarbon states none",
            *_if(theirs.grams > 0 and ours.carbon_grams == 0, "carbon: no intensity was given to the device; CodeCarbon takes a country's mean"),
        ]

    def table(self) -> str:
        theirs, ours = self.emissions, self.result
        ratio = theirs.joules / ours.energy_joules if ours.energy_joules else float("nan")
        rows = [
            ("", "CodeCarbon", "Wattest"),
            ("energy, J", f"{theirs.joules:.1f}", f"{ours.energy_joules:.1f} ± {ours.uncertainty_joules:.1f}"),
            ("time, s", f"{theirs.seconds:.2f}", f"{ours.seconds:.2f}"),
            ("mean power, W", _per(theirs.joules, theirs.seconds), _per(ours.energy_joules, ours.seconds)),
            ("J per unit", _per(theirs.joules, ours.units), _per(ours.energy_joules, ours.units)),
            ("g CO2e", f"{theirs.grams:.3f}", f"{ours.carbon_grams:.3f}"),
            ("signed, anchored", "no", f"root {ours.root[:18]}…"),
        ]
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        said = "agree within our uncertainty" if self.agrees else f"differ: CodeCarbon says {ratio:.3g} times as much"
        return "\n".join([*lines, f"They {said}.", *(f"- {reason}" for reason in self.reasons())])


def compare(emissions: Emissions, result: Result) -> Comparison:
    return Comparison(emissions, result)


def _if(holds: bool, text: str) -> List[str]:
    return [text] if holds else []


def _per(joules: float, divisor: float) -> str:
    return f"{joules / divisor:.4g}" if divisor else "-"
