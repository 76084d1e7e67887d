"""The check `expectation`: what a buyer expects of a certificate (docs/verifying.md, "A gate for buyers")."""

from fractions import Fraction
from typing import Any

from ..checks.findings import SEVERITIES
from ..checks.subject import Run, Subject
from ..format.words import GRADES
from ..verdict import Unaccepted, Undetermined
from .bound import Bound, parse_bound, prefix_of
from .metrics import is_fed, total, worst_of

Json = dict[str, Any]

GRAVITY = ("info", "warning", "serious")


def check_expectation(subject: Subject, findings: list[str]) -> None:
    """Labels and time, grades, numbers, findings. What is missed outweighs what could not be decided."""
    expect = subject.policy["expect"]
    bounds = [parse_bound(text) for text in expect.get("bounds", [])]
    _check_subject(subject, expect)
    _check_grades(subject, bounds, expect.get("minGrade", GRADES[-1]))
    undecided: list[Undetermined] = []
    for bound in bounds:
        try:
            _check_bound(subject, bound, expect.get("central", False))
        except Undetermined as outcome:
            undecided.append(outcome)
    _check_findings(findings, expect.get("failOn"))
    if undecided:
        raise undecided[0]


def _check_subject(subject: Subject, expect: Json) -> None:
    """Every run has the labels, and lies within the time."""
    for run in subject.runs:
        for label in ("model", "party"):
            if expect.get(label, run.statement[label]) != run.statement[label]:
                raise Unaccepted("SUBJECT_NOT_EXPECTED", f"run {run.number} has another {label} than is expected")
        begins, ends = run.statement["startTimeMs"], run.statement["endTimeMs"]
        if begins < expect.get("from", 0) * 1000 or ("to" in expect and ends > expect["to"] * 1000):
            raise Unaccepted("SUBJECT_NOT_EXPECTED", f"run {run.number} does not lie in the time that is expected")


def _check_grades(subject: Subject, bounds: list[Bound], limit: str) -> None:
    """Energy, and every expected number that there is, has at least this grade."""
    existing = [bound.metric.totals for bound in bounds if _exists(subject, bound)]
    for name in ["energyMillijoules", *(name for totals in existing for name in totals)]:
        worst = worst_of(subject.runs, name)
        if worst > GRADES.index(limit):
            raise Unaccepted("GRADE_NOT_ACCEPTED", f"{name} is {GRADES[worst]}, and {limit} is expected")


def _exists(subject: Subject, bound: Bound) -> bool:
    metric = bound.metric
    if metric.over is None or not all(is_fed(subject.runs, name) for name in metric.totals):
        return False
    return metric.under is None or total(subject.runs, metric.under) > 0


def _check_bound(subject: Subject, bound: Bound, central: bool) -> None:
    """Uncertainty counts against whoever claims the number: its upper end for `<=`, its lower end for `>=`."""
    metric, runs = bound.metric, subject.runs
    factor = Fraction(1) if bound.work is None else prefix_of(bound.work, runs[0].statement["unit"])
    if metric.over is None or not _exists(subject, bound):
        raise _undecided(bound, "it is about other runs, no meter feeds it, or it divides by nothing")
    if factor is None:
        raise _undecided(bound, "the runs count another unit of work")
    side = 0 if central or not metric.is_uncertain else 1 if bound.is_upper else -1
    divisor = 1 if metric.under is None else _end_of(runs, metric.under, -side)
    if divisor <= 0:
        raise _undecided(bound, "within its uncertainty it divides by nothing")
    number = _end_of(runs, metric.over, side) * metric.scale / divisor
    limit = bound.limit / factor if metric.is_per_work else bound.limit * factor
    if number > limit if bound.is_upper else number < limit:
        raise Unaccepted("EXPECTATION_NOT_MET", f"{bound.text}: the number misses it")


def _end_of(runs: list[Run], name: str, side: int) -> int:
    """The upper (1) or lower (-1) end of a total, or its value (0). Energy alone has an uncertainty."""
    uncertainty = total(runs, "uncertaintyMillijoules") if name == "energyMillijoules" else 0
    return total(runs, name) + side * uncertainty


def _undecided(bound: Bound, why: str) -> Undetermined:
    return Undetermined("EXPECTATION_UNDECIDED", f"{bound.text}: {why}")


def _check_findings(findings: list[str], limit: str | None) -> None:
    for code in findings:
        if limit is not None and GRAVITY.index(SEVERITIES[code]) >= GRAVITY.index(limit):
            raise Unaccepted("FINDING_NOT_ACCEPTED", f"{code} is {SEVERITIES[code]}")
