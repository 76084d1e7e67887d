"""A certificate of a run that has ended."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import List, Optional, Tuple, Union

from ..runs.joined import Joined
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
    """Waits until the run has ended, is anchored and final, and fetches its certificate; answers the document's path.

    Of a run that this process joined, also one that forked, it is that of the run which it joined. It is made by
    ``wattest prove certificate`` from the device's archive, as the account that may read that. Raises `CertificateError`.
    """
    words = find_command("prove")
    if words is None:
        raise CertificateError("there is no wattest command: npm install --global wattest, or name one in WATTEST_PROVE")
    deadline = time.monotonic() + wait_seconds
    archive, device, first, last = _place_of(run, wait_seconds)
    path = Path(out) if out is not None else Path(f"run-{last}.certificate.json")
    left = max(1, round(deadline - time.monotonic()))
    runs = str(last) if first == last else f"{first}-{last}"
    options: List[str] = ["--archive", str(archive), "--runs", runs, "--out", str(path)]
    options += ["--device", device, "--wait", f"{left}s"]
    options += [] if relayer is None else ["--relayer", relayer]
    said = call([*words, "certificate", *options], left + _MARGIN_S)
    if said.status != 0:
        raise CertificateError(said.reason)
    return path


def _place_of(run: Union[Run, Result], seconds: float) -> Tuple[Path, str, int, int]:
    """Archive, device, and first and last run. Raises `CertificateError`."""
    result = run.ended if isinstance(run, Run) else run
    if result is not None:
        # A workload that was cut at midnight has runs before its last one.
        first, last = Joined(result.device, result.archive, result.run).wait(0) or (result.run, result.run)
        return result.archive, result.device, first, last
    joined: Optional[Joined] = run.joined if isinstance(run, Run) else None
    if joined is None:
        raise CertificateError("the run has no end that the agent knows: leave it first")
    ended = joined.wait(seconds)
    if ended is None:
        raise CertificateError(f"run {joined.run}, which this process joined, has not ended, or {joined.archive} cannot be read")
    return joined.archive, joined.device, ended[0], ended[1]
