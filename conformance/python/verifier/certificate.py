"""Checks of a certificate, in the order of docs/verifying.md: one line each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .checks import anchored, beacons, believed, opening, plan, runs, signed
from .checks.findings import note_findings
from .checks.subject import Run, Subject
from .documents import parse_certificate
from .expect.check import check_expectation
from .verdict import Judgement, Outcome, Rejection, Unaccepted, Undetermined, Verdict

Json = dict[str, Any]

OPTIONAL = frozenset(("whole-job", "vouch-document", "enrolment", "vouch", "not-withdrawn", "beacon", "evidence"))
"""Checks that may stay open where the policy does not name them in `require`."""


@dataclass
class Judged:
    verdict: Verdict
    findings: list[str] = field(default_factory=list)
    subject: Subject | None = None
    """Null where the document is none of ours, or is refused."""


def verify_certificate(data: bytes, policy: Json) -> Judged:
    """Untrusted bytes never raise: they end in a verdict."""
    judgement = Judgement(frozenset(policy["require"]), OPTIONAL)
    try:
        subject = Subject(parse_certificate(data), policy)
        _run_checks(judgement, subject)
    except Rejection as rejection:
        return Judged(Verdict.of(rejection))
    note_findings(judgement, subject)
    if "expect" in policy:
        judgement.run("expectation", lambda: check_expectation(subject, judgement.findings))
    return Judged(judgement.verdict(), judgement.findings, subject)


def _run_checks(judgement: Judgement, subject: Subject) -> None:
    on_chain = ("chain", "anchor-proof")
    clock_ms = subject.policy["tolerances"]["clockMs"]

    def each(check: Callable[..., None], *rest: object) -> Callable[[], None]:
        return lambda: _for_each_run(subject.runs, check, rest)

    judgement.run("device-key", lambda: runs.check_device_key(subject))
    judgement.run("runs-consecutive", lambda: runs.check_runs_consecutive(subject))
    judgement.run("whole-job", lambda: runs.check_whole_job(subject))
    judgement.run("opening", each(opening.check_opening))
    judgement.run("totals", each(opening.check_totals))
    judgement.run("registers", each(opening.check_registers))
    judgement.run("fed", each(plan.check_fed))
    judgement.run("grades-shown", each(plan.check_grades_shown))
    judgement.run("vouch-document", lambda: plan.check_vouch_documents(subject))
    judgement.run("chain", lambda: believed.check_chain(subject))
    judgement.run("ledger", lambda: believed.check_ledger(subject))
    judgement.run("grades", lambda: believed.check_grades(subject))
    judgement.run("books", lambda: believed.check_books(subject))
    judgement.run("anchor-order", each(signed.check_anchor_order, clock_ms))
    judgement.run("inclusion", each(signed.check_inclusion))
    judgement.run("capture-signatures", each(signed.check_capture_signatures, subject))
    judgement.run("root", each(signed.check_root))
    judgement.run("submission-signature", each(signed.check_submission_signature, subject))
    judgement.run("anchor-proof", each(anchored.check_anchor_proof, subject))
    judgement.run("block-trusted", each(anchored.check_block_trusted, subject), after=on_chain)
    judgement.run("enrolment", each(anchored.check_enrolment, subject), after=on_chain)
    judgement.run("vouch", each(anchored.check_vouch, subject), after=on_chain)
    judgement.run("not-withdrawn", each(anchored.check_not_withdrawn, subject), after=on_chain)
    judgement.run("beacon", each(beacons.check_beacons, subject), after=("chain",))


def _for_each_run(all_runs: list[Run], check: Callable[..., None], rest: tuple[object, ...]) -> None:
    """A refusal of a later run outweighs what could not be known of an earlier one."""
    outcomes: list[Outcome] = []
    for run in all_runs:
        try:
            check(run, *rest)
        except (Unaccepted, Undetermined) as outcome:
            outcomes.append(outcome)
    if outcomes:
        raise outcomes[0]
