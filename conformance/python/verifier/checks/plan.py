"""What the plan feeds, which grades it allows, and the vouch document it is held against (section 4)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..format.words import FED, GRADES
from ..verdict import Rejection, Undetermined
from .subject import Run, Subject

Json = dict[str, Any]

VOUCHED_ROLES = ("energy", "it", "accelerator", "reused", "water")
ENERGY_ROLES = ("energy", "it", "accelerator", "reused")
"""Of registers 0, 2, 3, 4 and 10. An occupancy chooses what of register 3 is in 4, and grades nothing."""
WORK_ROLES = ("work", "accepted", "input")
UNGUARDED = ("open", "loopback")
"""Channels over which energy is declared at best."""
ALLOCATED, DECLARED = GRADES.index("allocated"), GRADES.index("declared")


def check_fed(run: Run) -> None:
    """`fed` follows from context, first and last capture, and is refused where it differs."""
    claimed = set(run.statement["fed"])
    expected = {name for name, feeds in _fed(run).items() if feeds}
    if run.context["vouchDocument"] is not None:
        expected |= claimed & {"inventory"}
    if claimed != expected:
        wrong = ", ".join(sorted(claimed ^ expected))
        raise Rejection("FED_MISMATCH", f"run {run.number} claims to feed, or hides that it feeds: {wrong}")


def _fed(run: Run) -> dict[str, bool]:
    roles = {entry["role"] for entry in run.plan}
    read = {reading["sensor"] for reading in run.first["sources"]["readings"]}
    fed = {name: name in roles for name in FED if name not in ("inventory", "beacons")}
    water = [entry["sensor"] in read for entry in run.plan if entry["role"] in ("water", "water-intensity")]
    boards = [entry.get("part") for entry in run.plan if entry["role"] == "accelerator"]
    seen = [entry.get("part") for entry in run.plan if entry["role"] == "occupancy"]
    fed["idle"] = bool(boards) and all(part in seen or None in seen for part in boards)
    fed["accepted"] = {"accepted", "work"} <= roles
    fed["carbon"] = any(entry["sensor"] in read for entry in run.plan if entry["role"] == "carbon-intensity")
    fed["water"] = bool(water) and all(water)
    fed["beacons"] = run.context["beacon"] is not None and closing_beacon(run) is not None
    return fed


def closing_beacon(run: Run) -> Json | None:
    closing = run.last["sources"].get("closing")
    return None if closing is None else closing["beacon"]


def is_as_vouched(plan: Iterable[Json], document: Json) -> bool:
    """Whether a plan's entries are exactly those of `metering`, with the same shares, widths and ratings."""
    sensors = {sensor["id"]: sensor for sensor in document["sensors"]}
    vouched = [_entry(entry, sensors[entry["sensor"]]) for entry in document["metering"]]
    planned = [_entry(entry, entry) for entry in plan if entry["role"] in VOUCHED_ROLES]
    return sorted(planned) == sorted(vouched)


def _entry(entry: Json, sensor: Json) -> tuple[str, ...]:
    numbers = (entry.get("share", "1"), sensor.get("wrapsAt"), sensor.get("ratingWatts"))
    return entry["sensor"], entry["role"], *(str(number and Decimal(number).normalize()) for number in numbers)


def check_grades_shown(run: Run) -> None:
    """Plan and readings of the two captures shown bound the grades that the statement claims."""
    claimed = GRADES.index(run.statement["energyGrade"])
    readings = [*run.first["sources"]["readings"], *run.last["sources"]["readings"]]
    if claimed < max(worst_grade(run.plan, readings, ENERGY_ROLES), 0 if meters_energy(run.plan) else DECLARED):
        raise Rejection("GRADE_UNDERSTATED", f"the energy of run {run.number} has no such grade by what is shown of it")
    if claimed == 0 and run.context["vouchDocument"] is None:
        raise Rejection("GRADE_UNDERSTATED", f"run {run.number} is called calibrated, and names no vouch document")
    if GRADES.index(run.statement["workGrade"]) < worst_grade(run.plan, readings, WORK_ROLES):
        raise Rejection("GRADE_UNDERSTATED", f"the work of run {run.number} has no such grade by what is shown of it")


def worst_grade(plan: Iterable[Json], readings: Iterable[Json], roles: tuple[str, ...]) -> int:
    """Index in GRADES of the worst source of these roles; a share of a sensor is allocated at best."""
    entries = [entry for entry in plan if entry["role"] in roles]
    sensors = {entry["sensor"] for entry in entries}
    grades = [GRADES.index(reading["grade"]) for reading in readings if reading["sensor"] in sensors]
    grades += [ALLOCATED for entry in entries if "share" in entry]
    return max(grades, default=0)


def meters_energy(plan: Iterable[Json]) -> bool:
    """Where nothing meters the boundary, its energy is declared at best."""
    return any(entry["role"] == "energy" for entry in plan)


def check_vouch_documents(subject: Subject) -> None:
    """The documents shown are those that the runs name, and the runs are as the voucher found the device."""
    named = {run.context["vouchDocument"] for run in subject.runs}
    for digest, document in subject.documents.items():
        if digest not in named or document["device"] != "0x" + subject.key.id.hex():
            raise _mismatch("a vouch document is not one that the runs name, or of another device")
    for run in subject.runs:
        shown = subject.document_of(run)
        if shown is not None:
            _check_as_found(run, shown)
    hidden = [run.number for run in subject.runs if subject.document_of(run) is None]
    if hidden:
        raise Undetermined("PROOF_ABSENT", f"the vouch document of run {hidden[0]} is not shown")


def _check_as_found(run: Run, document: Json) -> None:
    for name in ("boundary", "origin"):
        if document[name] != run.statement[name]:
            raise _mismatch(f"the {name} of run {run.number} is another one than the voucher found")
    if is_as_vouched(run.plan, document) != ("inventory" in run.statement["fed"]):
        raise Rejection("FED_MISMATCH", f"run {run.number} does not say truly whether its plan is as vouched")
    claimed = GRADES.index(run.statement["energyGrade"])
    sensors = {sensor["id"]: sensor for sensor in document["sensors"]}
    for entry in run.plan:
        sensor = sensors.get(entry["sensor"])
        if entry["role"] not in VOUCHED_ROLES or entry["role"] == "water":
            continue
        if claimed == 0 and (sensor is None or not sensor["calibrations"]):
            raise Rejection("GRADE_UNDERSTATED", f"the voucher names no calibration of {entry['sensor']}")
        if claimed < DECLARED and sensor is not None and sensor["channel"] in UNGUARDED:
            raise Rejection("GRADE_UNDERSTATED", f"{entry['sensor']} is read over a channel that others can write")


def _mismatch(detail: str) -> Rejection:
    return Rejection("VOUCH_DOCUMENT_MISMATCH", detail)
