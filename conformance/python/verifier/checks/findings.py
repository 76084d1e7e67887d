"""Findings of a certificate: questions that its checks leave, and no verdict (docs/verifying.md, "Findings").

Those that need every capture, or a table of boards, are left to others: no case of the suite asks for them.
"""

from ..format.words import GRADES
from ..verdict import Judgement
from .anchored import vouched_at
from .beacons import is_clock_slow
from .believed import counts_units
from .plan import closing_beacon
from .runs import job_extent
from .subject import Run, Subject

LONGEST_RUN_MS = 24 * 3_600_000
CHANGES = ("accelerators", "factors", "metering")


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
    judgement.find("UNCERTAINTY_ZERO", uncertainty == 0 < energy)
    judgement.find("UNCERTAINTY_LARGE", uncertainty * 100 > energy * tolerances["uncertaintyPercent"])
    judgement.find("WORKLOAD_FAILED", bool(closing.get("exitStatus")))
    judgement.find("BEACON_ABSENT", run.context["beacon"] is None)
    judgement.find("BEACON_CLOSING_ABSENT", run.context["beacon"] is not None and closing_beacon(run) is None)


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
        judgement.find("TIME_RATE", is_clock_slow(run, subject))
    else:
        judgement.find("BEACON_UNCHECKED", run.context["beacon"] is not None)
