"""A run that another process began, as who joined it finds it in the device's archive once it has ended."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Tuple

_MAX_RECORD = 1 << 22
_LOOK_S = 0.25


@dataclass(frozen=True)
class Joined:
    """Where the run is that was open when this process joined."""

    device: str
    """In hexadecimal."""
    archive: Path
    run: int

    def wait(self, seconds: float) -> Optional[Tuple[int, int]]:
        """First and last run of its workload, once that has ended; None where it has not by then, or nobody may read it."""
        end = time.monotonic() + seconds
        while True:
            found = self._runs()
            if found is not None or time.monotonic() > end:
                return found
            time.sleep(_LOOK_S)

    def _runs(self) -> Optional[Tuple[int, int]]:
        first, last = self.run, self.run
        while True:
            statement = self._statement(last)
            if statement is None:
                return None
            if last == self.run:
                first = int(statement.get("context", {}).get("jobStart", first))
            if statement.get("status") != "continued":
                return first, last
            last += 1

    def _statement(self, run: int) -> Optional[Dict[str, Any]]:
        path = self.archive / self.device[2:] / f"{run:020d}" / "run.json"
        try:
            with path.open("rb") as file:
                statement = json.loads(file.read(_MAX_RECORD))["statement"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return statement if isinstance(statement, dict) else None


def joined_by(status: Mapping[str, Any]) -> Optional[Joined]:
    """From the agent's status; None where it names no run, as an older agent does not."""
    device, archive, run = (status.get(name) for name in ("device", "archive", "run"))
    if not (isinstance(device, str) and isinstance(archive, str) and isinstance(run, str) and run.isdecimal()):
        return None
    return Joined(device, Path(archive), int(run))
