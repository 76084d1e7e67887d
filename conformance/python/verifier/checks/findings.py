"""Findings of a certificate: questions that its checks leave, and no verdict (docs/verifying.md, "Findings").

Those that need every capture, or a table of boards, are left to others: no case of the suite asks for them.
"""

from decimal import Decimal

from ..format.words import GRADES, TAGS
from ..verdict import Judgement
from .anchored import vouched_at
from .beacons import has_other_rate
from .believed import counts_units
from .plan import closing_beacon
from .runs import job_extent
from .scripts import mixes_scripts
from .subject import Run, Subject

LONGEST_RUN_MS = 24 * 3_600_000
LABELS = ("workload", "job", "qualityRule")
"""Labels of the context, beside the tags of the statement."""
CHANGES = ("accelerators", "factors", "metering")
INFO = """
    WORK_DECLARED BEACON_ABSENT BEACON_CLOSING_ABSENT INVENTORY_NOT_CLAIMED INVENTORY_UNKNOWN BEACON_UNCHECKED
"""
WARNING = """
    JOB_PART JOB_EXTENT_UNKNOWN CONTEXT_CHANGED RUN_INTERRUPTED RUN_TOO_LONG BLIND_TIME UNCERTAINTY_ZERO
    UNCERTAINTY_LARGE WORKLOAD_FAILED CALIBRATION_UNKNOWN ANCHORED_LATE RUN_BEFORE_VOUCH
"""
SERIOUS = """
    GRADE_SIMULATED ORIGIN_RECORDED BOOKS_BROKEN ACCELERATOR_ABOVE_BOUNDARY RATING_LOW LABEL_MIXED_SCRIPTS
    POWER_BELOW_IDLE TIME_RATE
"""
SEVERITIES = {
    code: severity
    for severity, codes in (("info", INFO), ("warning", WARNING), ("serious", SERIOUS))
    for code in codes.split()
}
"""Of each finding that this verifier has."""


def note_findings(judgement: Judgement, subject: Subject) -> None:
    extent = job_extent(subject)
    judgement.find("JOB_PART", extent == "part")
    judgement.find("JOB_EXTENT_UNKNOWN", extent == "unknown")
    for before, run in zip(subject.runs, subject.runs[1:]):
        judgement.find("CONTEXT_CHANGED", any(before.context[name] != run.context[name] for name in CHANGES))
    for run in subject.runs:
        _note_run(judgement, run, subject.policy["tolerances"])
        _note_inventory(judgement, run, subject)
        _note_time(judgement, run, subject)


def _note_run(judgement: Judgement, run: Run, tolerances: dict[str, int]) -> None:
    statement, closing = run.statement, run.last["sources"].get("closing") or {}
    grades = [statement["energyGrade"], *([statement["workGrade"]] if counts_units(run) else [])]
    judgement.find("RUN_INTERRUPTED", statement["status"] == "interrupted")
    judgement.find("RUN_TOO_LONG", run.duration_ms > LONGEST_RUN_MS)
    judgement.find("GRADE_SIMULATED", "simulated" in grades)
    judgement.find("WORK_DECLARED", counts_units(run) and statement["workGrade"] == "declared")
    judgement.find("ORIGIN_RECORDED", statement["origin"] == "recorded")
    judgement.find("BOOKS_BROKEN", statement["broken"])
    judgement.find("BLIND_TIME", run.register("blindMilliseconds") > 0)
    energy, uncertainty = run.register("energyMillijoules"), run.register("uncertaintyMillijoules")
    judgement.find("ACCELERATOR_ABOVE_BOUNDARY", run.register("acceleratorMillijoules") > energy + uncertainty)
    judgement.find("POWER_BELOW_IDLE", energy == 0 and counts_units(run))
    judgement.find("UNCERTAINTY_ZERO", uncertainty == 0 < energy)
    judgement.find("UNCERTAINTY_LARGE", uncertainty * 100 > energy * tolerances["uncertaintyPercent"])
    judgement.find("RATING_LOW", _is_rated_low(run))
    labels = [*(statement[name] for name in TAGS), *(run.context.get(name) or "" for name in LABELS)]
    judgement.find("LABEL_MIXED_SCRIPTS", any(map(mixes_scripts, labels)))
    judgement.find("WORKLOAD_FAILED", bool(closing.get("exitStatus")))
    judgement.find("BEACON_ABSENT", run.context["beacon"] is None)
    judgement.find("BEACON_CLOSING_ABSENT", run.context["beacon"] is not None and closing_beacon(run) is None)


def _is_rated_low(run: Run) -> bool:
    """The boundary's sensors together are rated below the accelerators', or below the run's mean power."""
    ratings = [(entry["role"], entry.get("ratingWatts")) for entry in run.plan]
    boundary = [rating for role, rating in ratings if role == "energy"]
    if not boundary or None in boundary:
        return False
    most = sum(Decimal(rating) for rating in boundary)
    boards = sum(Decimal(rating) for role, rating in ratings if role == "accelerator" and rating is not None)
    return most < boards or most * run.duration_ms < run.register("energyMillijoules")


def _note_inventory(judgement: Judgement, run: Run, subject: Subject) -> None:
    hidden = subject.document_of(run) is None
    claimed = "inventory" in run.statement["fed"]
    calibrated = GRADES.index(run.statement["energyGrade"]) == 0
    judgement.find("INVENTORY_NOT_CLAIMED", not claimed)
    judgement.find("INVENTORY_UNKNOWN", claimed and hidden)
    judgement.find("CALIBRATION_UNKNOWN", calibrated and hidden)


def _note_time(judgement: Judgement, run: Run, subject: Subject) -> None:
    tolerances, anchored_ms = subject.policy["tolerances"], run.anchor["anchoredAt"] * 1000
    judgement.find("ANCHORED_LATE", anchored_ms - run.statement["endTimeMs"] > tolerances["anchorDelayMs"])
    vouched = vouched_at(run) if judgement.holds("vouch") else None
    began = run.statement["startTimeMs"] + tolerances["clockMs"]
    judgement.find("RUN_BEFORE_VOUCH", vouched is not None and began < vouched * 1000)
    if judgement.holds("beacon"):
        judgement.find("TIME_RATE", has_other_rate(run, subject))
    else:
        judgement.find("BEACON_UNCHECKED", run.context["beacon"] is not None)
