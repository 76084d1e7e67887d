"""Checks of evidence, line by line (docs/verifying.md, "Checks of evidence"). A refusal ends it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from .checks.plan import DECLARED, ENERGY_ROLES, WORK_ROLES, worst_grade
from .checks.subject import Run, Subject
from .documents import parse_capture, parse_evidence_header
from .format.lines import read_lines
from .format.merkle import Frontier, climb
from .format.words import GRADES, REGISTERS, capture_message, leaf, unhex
from .metering.meter import Meter
from .metering.units import Unmetered
from .verdict import VALID, Outcome, Rejection, Undetermined, Verdict

Json = dict[str, Any]


@dataclass(frozen=True)
class JudgedEvidence:
    verdict: Verdict
    full_of: int | None = None
    """The number of the run that this is full and valid evidence of."""


def verify_evidence(stream: BinaryIO, subject: Subject) -> JudgedEvidence:
    """Untrusted bytes never raise: they end in a verdict. Memory does not grow with the number of captures."""
    try:
        lines = read_lines(stream)
        first = next(lines, None)
        if first is None:
            raise Rejection("FIELD_MISSING", "the evidence has no header")
        header = parse_evidence_header(first)
        run = _run_of(header, subject)
        if header["kind"] == "excerpt":
            _check_excerpt(lines, run, subject)
            return JudgedEvidence(VALID)
        _check_full(lines, run, subject)
        return JudgedEvidence(VALID, run.number)
    except Outcome as outcome:
        return JudgedEvidence(Verdict.of(outcome))


def _run_of(header: Json, subject: Subject) -> Run:
    device = (header["device"]["scheme"], unhex(header["device"]["key"]))
    run = next((run for run in subject.runs if run.number == int(header["run"])), None)
    if run is None or device != (subject.key.scheme, subject.key.key):
        raise Rejection("RUN_DEVICE_MISMATCH", "the evidence is of another device or run than the certificate")
    if header["captures"] != run.statement["captures"]:
        raise Rejection("CAPTURE_COUNT_MISMATCH", "the evidence names another number of captures than the statement")
    return run


class _Sequence:
    """What holds from each capture shown to the next one shown."""

    def __init__(self, run: Run, subject: Subject) -> None:
        self._run = run
        self._subject = subject
        self._before: Json | None = None

    def check(self, capture: Json) -> int:
        """Labels, registers, time and signature of one capture; its leaf."""
        sequence, sources = capture["sequence"], capture["sources"]
        if ("opening" in sources) != (sequence == 0):
            raise Rejection("OPENING_MISMATCH", f"capture {sequence} carries labels, or the first does not")
        if "closing" in sources and sequence + 1 != self._run.statement["captures"]:
            raise Rejection("CLOSING_MISPLACED", f"capture {sequence} carries the closing")
        if self._before is not None:
            self._check_growth(self._before, capture)
        self._before = capture
        value = leaf(capture)
        if not self._subject.key.verify(capture_message(self._run.number, value), unhex(capture["signature"])):
            raise Rejection("CAPTURE_SIGNATURE_INVALID", f"the device did not sign capture {sequence}")
        return value

    def _check_growth(self, before: Json, capture: Json) -> None:
        for name in REGISTERS:
            if int(capture["registers"][name]) < int(before["registers"][name]):
                raise Rejection("REGISTER_DECREASED", f"{name} falls at capture {capture['sequence']}")
        if capture["timeMs"] < before["timeMs"]:
            raise Rejection("TIME_DECREASED", f"time runs backwards at capture {capture['sequence']}")


def _check_within(capture: Json, run: Run) -> None:
    count = run.statement["captures"]
    if capture["sequence"] >= count:
        raise Rejection("CAPTURE_COUNT_MISMATCH", f"capture {capture['sequence']} is shown of a run of {count}")


def _check_excerpt(lines: Iterator[bytes], run: Run, subject: Subject) -> None:
    """Chosen captures, at least one, each at its place under the captures root."""
    sequence, last, count = _Sequence(run, subject), -1, run.statement["captures"]
    for line in lines:
        capture = parse_capture(line, "excerpt")
        _check_within(capture, run)
        if capture["sequence"] <= last:
            raise Rejection("CAPTURE_SEQUENCE_BROKEN", f"capture {capture['sequence']} stands out of order")
        last = capture["sequence"]
        siblings = [int(sibling, 16) for sibling in capture["siblings"]]
        if climb(sequence.check(capture), last, count, siblings) != run.captures_root:
            raise Rejection("CAPTURE_NOT_INCLUDED", f"capture {last} does not lie at its place under the captures root")
    if last < 0:
        raise Rejection("FIELD_MISSING", "the excerpt shows no capture")


def _check_full(lines: Iterator[bytes], run: Run, subject: Subject) -> None:
    """All captures, which give the captures root; their sources give every register."""
    sequence, tree, sources, expected = _Sequence(run, subject), Frontier(), _Sources(run), 0
    for line in lines:
        capture = parse_capture(line, "full")
        _check_within(capture, run)
        if capture["sequence"] != expected:
            raise Rejection("CAPTURE_SEQUENCE_BROKEN", f"capture {expected} is missing, or another stands in its place")
        expected += 1
        tree.add(sequence.check(capture))
        sources.read(capture)
    if expected != run.statement["captures"]:
        raise Rejection("CAPTURE_COUNT_MISMATCH", f"{expected} captures are shown of {run.statement['captures']}")
    if tree.root() != run.captures_root:
        raise Rejection("CAPTURES_ROOT_MISMATCH", "the captures do not give the run's captures root")
    sources.conclude()


class _Sources:
    """Grades and metering of a run, from all of its readings. What is wrong is said once the root is right."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._meter: Meter | None = None
        self._outcome: Outcome | None = None
        self._energy = self._work = 0

    def read(self, capture: Json) -> None:
        readings, plan = capture["sources"]["readings"], self._run.plan
        self._energy = max(self._energy, worst_grade(plan, readings, ENERGY_ROLES))
        self._work = max(self._work, worst_grade(plan, readings, WORK_ROLES))
        if self._outcome is not None:
            return
        try:
            self._meter = self._meter or Meter(plan, self._run.statement["startTimeMs"])
            self._compare(capture, self._meter.capture(capture["timeMs"], readings))
        except Unmetered as error:
            self._outcome = Rejection("REGISTERS_NOT_FROM_SOURCES", str(error))
        except Outcome as outcome:
            self._outcome = outcome

    def _compare(self, capture: Json, computed: dict[str, int]) -> None:
        for name, value in computed.items():
            if self._meter is not None and self._meter.is_open and name == "uncertaintyMillijoules":
                continue
            if value != int(capture["registers"][name]):
                detail = f"{name} of capture {capture['sequence']} is not what its sources give"
                raise Rejection("REGISTERS_NOT_FROM_SOURCES", detail)

    def conclude(self) -> None:
        """Raises what the grades, then what the registers say."""
        if self._meter is not None and self._meter.is_declared:
            self._energy = max(self._energy, DECLARED)
        claimed = (GRADES.index(self._run.statement["energyGrade"]), GRADES.index(self._run.statement["workGrade"]))
        if claimed[0] < self._energy or claimed[1] < self._work:
            raise Rejection("GRADE_UNDERSTATED", "the statement claims a better grade than the worst of its sources")
        if self._outcome is not None:
            raise self._outcome
        if self._meter is not None and self._meter.is_open:
            raise Undetermined("NOT_REACHED", "this verifier knows no uncertainty of gaps in a sensor's sampling")
