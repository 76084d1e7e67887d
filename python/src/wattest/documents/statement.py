"""What a certificate says of itself, without believing anything."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Mapping, Sequence, Union

from ..runs.result import Result, result_of


def result_in_certificate(path: Union[str, "os.PathLike[str]"]) -> Result:
    """The sums of its runs; uncertainties of one device's runs add up. Raises OSError, or ValueError on other files."""
    try:
        runs: Sequence[Mapping[str, Any]] = json.loads(Path(path).read_bytes())["runs"]
        first, last = runs[0]["statement"], runs[-1]["statement"]
        names = first["registers"]
        totals = {name: sum(int(run["statement"]["registers"][name]) for run in runs) for name in names}
        return result_of(
            {
                **{"run": runs[-1]["run"], "root": _root_of(runs[-1]), "folder": os.devnull, "registers": totals},
                **{"startTimeMs": first["startTimeMs"], "endTimeMs": last["endTimeMs"]},
                **{"energyGrade": last["energyGrade"], "workGrade": last["workGrade"]},
            }
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise ValueError(f"{os.fspath(path)} is no certificate") from None


def _root_of(run: Mapping[str, Any]) -> str:
    """A certificate shows the captures' root; the run's is computed from it by whoever judges."""
    return str(run["capturesRoot"])
