"""The run's two ends against its statement (sections 3 and 4)."""

from ..format.words import TAGS
from ..verdict import Rejection
from .subject import Run


def check_opening(run: Run) -> None:
    """The first capture stands at zero and bound tags and context before the result was known."""
    if run.first["sequence"] != 0:
        raise Rejection("CAPTURE_SEQUENCE_BROKEN", f"the first capture shown of run {run.number} is not its first")
    if any(int(value) for value in run.first["registers"].values()):
        raise Rejection("OPENING_NOT_ZERO", f"run {run.number} did not begin at zero")
    opening = run.first["sources"].get("opening")
    bound = {name: run.statement[name] for name in (*TAGS, "context")}
    if opening != bound:
        raise Rejection("OPENING_MISMATCH", f"the opening of run {run.number} did not bind what its statement says")
    if run.is_whole_in_one_capture:
        return
    if "opening" in run.last["sources"]:
        raise Rejection("OPENING_MISMATCH", f"the last capture of run {run.number} carries labels too")
    if "closing" in run.first["sources"]:
        raise Rejection("CLOSING_MISPLACED", f"the first capture of run {run.number} carries the closing")


def check_totals(run: Run) -> None:
    statement, last = run.statement, run.last
    if last["sequence"] + 1 != statement["captures"]:
        raise Rejection(
            "CAPTURE_COUNT_MISMATCH", f"the last capture of run {run.number} is not the one that the statement counts"
        )
    if statement["startTimeMs"] != run.first["timeMs"]:
        raise Rejection("TIME_MISMATCH", f"run {run.number} does not begin at its first capture")
    if last["timeMs"] < run.first["timeMs"]:
        raise Rejection("TIME_DECREASED", f"run {run.number} ends before it begins")
    if statement["endTimeMs"] != last["timeMs"]:
        raise Rejection("TIME_MISMATCH", f"run {run.number} does not end at its last capture")
    if statement["registers"] != last["registers"]:
        raise Rejection("TOTALS_MISMATCH", f"the totals of run {run.number} are not those of its last capture")


def check_registers(run: Run) -> None:
    """No register contradicts another."""
    bounds = (
        ("acceptedUnits", run.register("workUnits")),
        ("idleMillijoules", run.register("acceleratorMillijoules")),
        ("blindMilliseconds", run.duration_ms),
    )
    for name, bound in bounds:
        if run.register(name) > bound:
            raise Rejection("REGISTERS_CONTRADICT", f"{name} of run {run.number} passes what it is a part of")
