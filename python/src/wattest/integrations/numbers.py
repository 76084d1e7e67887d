"""The numbers of a run under the names that other tools show them by."""

from __future__ import annotations

from typing import Dict, Union

from ..runs.result import Result
from ..runs.run import Run

PREFIX = "wattest."


def result_in(run: Union[Run, Result]) -> Result:
    """Raises ValueError where the agent has not ended a run: it was away, or this process joined another's."""
    result = run.result if isinstance(run, Run) else run
    if result is None:
        raise ValueError("the run has no result: leave it first; where it joined another run, the result is that one's")
    return result


def metrics_of(result: Result) -> Dict[str, float]:
    numbers = {
        "energy_joules": result.energy_joules,
        "uncertainty_joules": result.uncertainty_joules,
        "seconds": result.seconds,
        "units": float(result.units),
        "accepted": float(result.accepted),
        "input": float(result.input),
        "carbon_grams": result.carbon_grams,
        "joules_per_unit": result.joules_per_unit,
    }
    return {PREFIX + name: value for name, value in numbers.items() if value is not None}


def tags_of(result: Result) -> Dict[str, str]:
    return {
        f"{PREFIX}run": str(result.run),
        f"{PREFIX}root": result.root,
        f"{PREFIX}device": result.device,
        f"{PREFIX}energy_grade": result.energy_grade,
        f"{PREFIX}work_grade": result.work_grade,
    }
