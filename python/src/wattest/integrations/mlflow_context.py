"""An MLflow plugin: a run that begins within a metered one bears its labels as tags."""

from __future__ import annotations

from typing import Dict

from mlflow.tracking.context.abstract_context import RunContextProvider

from ..runs.run import current
from .numbers import PREFIX


class WattestRunContext(RunContextProvider):
    def in_context(self) -> bool:
        return current() is not None

    def tags(self) -> Dict[str, str]:
        running = current()
        labels = {} if running is None else running.labels
        return {PREFIX + name: str(value) for name, value in labels.items() if name != "versions"}
