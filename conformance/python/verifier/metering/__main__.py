"""Meters runs for whoever compares a meter of their own: `python -m verifier.metering < runs.ndjson`.

A line in is `{"plan": [...], "captures": [{"timeMs", "readings"}, ...]}`; a line out has, for each capture, the registers
as decimal strings, and after the last one the grades of energy and work.
"""

import json
import sys
from typing import Any

from ..checks.plan import DECLARED, ENERGY_ROLES, WORK_ROLES, worst_grade
from ..format.words import GRADES
from .meter import Meter

Json = dict[str, Any]


def _metered(run: Json) -> Json:
    captures, plan = run["captures"], run["plan"]
    meter = Meter(plan, captures[0]["timeMs"])
    registers = [meter.capture(capture["timeMs"], capture["readings"]) for capture in captures]
    readings = [reading for capture in captures for reading in capture["readings"]]
    energy = worst_grade(plan, readings, ENERGY_ROLES)
    return {
        "registers": [{name: str(value) for name, value in one.items()} for one in registers],
        "energyGrade": GRADES[max(energy, DECLARED) if meter.is_declared else energy],
        "workGrade": GRADES[worst_grade(plan, readings, WORK_ROLES)],
    }


for line in sys.stdin:
    print(json.dumps(_metered(json.loads(line))))
