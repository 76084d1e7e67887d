"""Weights & Biases: numbers of a metered run in the summary, energy of each step in the history, its certificate as
an artifact."""

from __future__ import annotations

import os
from typing import Any, Optional, Union

import wandb

from ..runs.result import Result
from ..runs.run import Run
from .numbers import PREFIX, metrics_of, result_in, tags_of


def log_run(
    metered: Union[Run, Result],
    *,
    certificate: Union[str, "os.PathLike[str]", None] = None,
    to: Optional[Any] = None,
) -> None:
    """Logs to the W&B run `to`, or the one that is open. Raises ValueError where there is none."""
    run = to if to is not None else wandb.run
    if run is None:
        raise ValueError("no W&B run is open: call wandb.init first")
    result = result_in(metered)
    for step in metered.steps if isinstance(metered, Run) else ():
        if step.joules is not None:
            run.log({f"{PREFIX}step": step.number, f"{PREFIX}step_joules": step.joules})
    run.summary.update({**metrics_of(result), **tags_of(result)})
    if certificate is not None:
        artifact = wandb.Artifact(f"wattest-run-{result.run}", type="certificate", metadata=tags_of(result))
        artifact.add_file(os.fspath(certificate), name="certificate.json")
        run.log_artifact(artifact)
