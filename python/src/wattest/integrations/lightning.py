"""PyTorch Lightning: a callback of its Trainer."""

from __future__ import annotations

from typing import Any, Callable, Optional

from lightning.pytorch import Callback

from ..runs.begin import run as begin
from ..runs.run import Run


def batch_size_of(batch: Any) -> int:
    """Samples of a batch: the length of the first thing in it that has one."""
    if isinstance(batch, dict):
        batch = next(iter(batch.values()), ())
    elif isinstance(batch, (list, tuple)) and batch and hasattr(batch[0], "__len__"):
        batch = batch[0]
    return len(batch) if hasattr(batch, "__len__") else 1


class WattestCallback(Callback):  # type: ignore[misc]
    """Meters fitting. `units_of` says how many units a batch of this process is; rank 0 speaks for all of them, which
    have batches of the same size."""

    def __init__(self, *, units_of: Callable[[Any], int] = batch_size_of, unit: str = "sample", **labels: Any) -> None:
        super().__init__()
        self.run: Optional[Run] = None
        self._units_of = units_of
        self._labels = {"unit": unit, **labels}

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        self.run = begin(**{"model": type(pl_module).__name__, **self._labels}).__enter__()

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        self._mark("train")

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if self.run is not None:
            self.run.step(self._units_of(batch) * trainer.world_size)

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        self._mark("evaluate")

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        self._mark("train")

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._end(exception)

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        self._end(None)

    def _mark(self, phase: str) -> None:
        if self.run is not None:
            self.run.enter_phase(phase)

    def _end(self, error: Optional[BaseException]) -> None:
        if self.run is not None:
            self.run.__exit__(None if error is None else type(error), error, None)
