"""Hugging Face: a callback of the Trainer."""

from __future__ import annotations

from typing import Any, Optional

from transformers import TrainerCallback

from ..runs.begin import run as begin
from ..runs.run import Run


class WattestCallback(TrainerCallback):  # type: ignore[misc]
    """Meters training. Its unit is the sample, all processes together, or the input token where the Trainer counts
    them (``include_num_input_tokens_seen``) and ``unit="token"`` is asked for."""

    def __init__(self, *, unit: str = "sample", **labels: Any) -> None:
        self.run: Optional[Run] = None
        self._unit = unit
        self._labels = labels
        self._tokens = 0

    def __enter__(self) -> WattestCallback:
        """Around ``trainer.train()``: the Trainer tells no callback of an exception, and this ends the run as interrupted."""
        return self

    def __exit__(self, kind: Any, error: Optional[BaseException], trace: Any) -> None:
        if self.run is not None and self.run.state != "ended":
            self.run.__exit__(kind, error, trace)

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        name = getattr(getattr(model, "config", None), "name_or_path", "") or type(model).__name__
        self._tokens = state.num_input_tokens_seen
        self.run = begin(**{"model": name, "unit": self._unit, **self._labels}).__enter__()
        self._mark("train")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self.run is None:
            return
        self._mark("train")
        tokens, self._tokens = state.num_input_tokens_seen - self._tokens, state.num_input_tokens_seen
        samples = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        self.run.step(int(tokens) if self._unit == "token" else samples, epoch=float(state.epoch or 0))

    def on_prediction_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._mark("evaluate")

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._mark("train")

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self.run is not None:
            self.run.__exit__(None, None, None)

    def _mark(self, phase: str) -> None:
        if self.run is not None and self.run.phase_now != phase:
            self.run.enter_phase(phase)
