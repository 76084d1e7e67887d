"""Device key, order of runs, and the extent of their job (section 4)."""

from ..format.words import TAGS
from ..verdict import Rejection, Undetermined
from .subject import Run, Subject

JOB_CONTEXT = ("workload", "job", "jobStart", "group", "task", "qualityRule", "modelDigest")
"""Labels of the context in which all runs of a job agree. The others are each run's own."""

ROUNDING_MJ = 1
"""Lifetime and energy are floors, each by itself."""


def check_device_key(subject: Subject) -> None:
    if not subject.key.is_valid():
        raise Rejection("KEY_INVALID", "the device key is not a valid key of its scheme")


def check_runs_consecutive(subject: Subject) -> None:
    for run in subject.runs:
        _check_lifetime(run)
        if run.job_start is not None and run.job_start > run.number:
            raise Rejection("JOB_MISMATCH", f"run {run.number} is of a job that begins after it")
    for before, run in zip(subject.runs, subject.runs[1:]):
        _check_pair(before, run)


def _check_lifetime(run: Run) -> None:
    energy, lifetime = run.register("energyMillijoules"), int(run.statement["lifetimeMillijoules"])
    if lifetime < energy or (run.statement["broken"] and lifetime - energy > ROUNDING_MJ):
        raise Rejection(
            "LIFETIME_MISMATCH", f"the lifetime at run {run.number} does not hold its energy alone, or not all of it"
        )


def _check_pair(before: Run, run: Run) -> None:
    if run.number != before.number + 1 or run.statement["startTimeMs"] != before.statement["endTimeMs"]:
        raise Rejection("RUN_SEQUENCE_BROKEN", f"run {run.number} does not begin where the run before it ended")
    if _job(before) != _job(run):
        raise Rejection("JOB_MISMATCH", f"runs {before.number} and {run.number} are not of one job")
    if before.statement["status"] != "continued":
        raise Rejection("JOB_MISMATCH", f"run {before.number} ended its job")
    if run.statement["broken"]:
        raise Rejection("JOB_MISMATCH", f"before run {run.number} the device had lost its books")
    grown = int(run.statement["lifetimeMillijoules"]) - int(before.statement["lifetimeMillijoules"])
    if not 0 <= grown - run.register("energyMillijoules") <= ROUNDING_MJ:
        raise Rejection("LIFETIME_MISMATCH", f"the lifetime does not grow by the energy of run {run.number}")


def _job(run: Run) -> tuple:
    labels = [run.statement[name] for name in (*TAGS, "boundary", "origin")]
    return (*labels, *(run.context.get(name) for name in JOB_CONTEXT))


def check_whole_job(subject: Subject) -> None:
    """The certificate holds the whole job if its first run is `jobStart` and its last is not continued."""
    extent = job_extent(subject)
    if extent != "whole":
        raise Undetermined("JOB_NOT_WHOLE", f"what is shown of the job is {extent}")


def job_extent(subject: Subject) -> str:
    """`whole`, `part` or `unknown`."""
    first, last = subject.runs[0], subject.runs[-1]
    if last.statement["status"] == "continued":
        return "part"
    if first.job_start is None:
        return "unknown"
    return "whole" if first.job_start == first.number else "part"
