"""A certificate of a run that has ended."""

from __future__ import annotations

import os
from pathlib import Path
from typing import List, Optional, Union

from ..runs.result import Result
from ..runs.run import Run
from .command import call, find_command

_MARGIN_S = 120.0


class CertificateError(Exception):
    """There is no certificate; the text says why."""


def certificate(
    run: Union[Run, Result],
    *,
    out: Union[str, "os.PathLike[str]", None] = None,
    wait_seconds: int = 900,
    relayer: Optional[str] = None,
) -> Path:
    """Waits until the run is anchored and final, and fetches its certificate; answers the document's path.

    It is made by ``wattest prove certificate`` from the device's archive, as the account that may read that. Raises
    `CertificateError`.
    """
    result = run.result if isinstance(run, Run) else run
    if result is None:
        raise CertificateError("the run has no end that the agent knows: leave it first, or certify what it joined")
    words = find_command("prove")
    if words is None:
        raise CertificateError("there is no wattest command: npm install --global wattest, or name one in WATTEST_PROVE")
    path = Path(out) if out is not None else Path(f"run-{result.run}.certificate.json")
    options: List[str] = ["--archive", str(result.archive), "--runs", str(result.run), "--out", str(path)]
    options += ["--device", result.device, "--wait", f"{wait_seconds}s"]
    options += [] if relayer is None else ["--relayer", relayer]
    said = call([*words, "certificate", *options], wait_seconds + _MARGIN_S)
    if said.status != 0:
        raise CertificateError(said.reason)
    return path
