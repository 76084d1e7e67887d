"""Accelerate: a tracker, which counts what a script logs."""

from __future__ import annotations

from typing import Any, Dict, Optional

from accelerate.tracking import GeneralTracker

from ..runs.begin import run as begin
from ..runs.run import Run


class WattestTracker(GeneralTracker):  # type: ignore[misc]
    """``Accelerator(log_with=WattestTracker(model=…, unit="sample"))``: each ``accelerator.log({"units": 32, …})`` is a
    step with so many units, ``accepted`` and ``input``; its other numbers are values of the step."""

    name = "wattest"
    requires_logging_directory = False
    # Every process is told, since the first of each node begins the run of its device.
    main_process_only = False

    def __init__(self, **labels: Any) -> None:
        super().__init__()
        self.run: Optional[Run] = None
        self._labels = labels

    @property
    def tracker(self) -> Optional[Run]:
        return self.run

    def start(self) -> None:
        if self.run is None:
            self.run = begin(**self._labels).__enter__()

    def store_init_configuration(self, values: Dict[str, Any]) -> None:
        self.start()

    def log(self, values: Dict[str, Any], step: Optional[int] = None, **_: Any) -> None:
        self.start()
        numbers = {name: value for name, value in values.items() if isinstance(value, (int, float))}
        counts = {name: numbers.pop(name, 0) for name in ("units", "accepted", "input")}
        if self.run is not None:
            self.run.step(counts["units"], accepted=counts["accepted"], input=counts["input"], **numbers)

    def finish(self) -> None:
        if self.run is not None:
            self.run.__exit__(None, None, None)
