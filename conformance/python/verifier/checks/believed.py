"""What the policy accepts: chain, registry, ledger, grades and books (docs/verifying.md, "The policy")."""

from collections.abc import Sequence

from ..format.words import GRADES
from ..verdict import Rejection, Unaccepted, Undetermined
from .subject import Run, Subject


def check_chain(subject: Subject) -> None:
    names = {(part["chainId"], part["registry"]) for run in subject.runs for part in (run.submission, run.anchor)}
    if len(names) != 1:
        raise Rejection("ANCHOR_MISMATCH", "submissions and anchors name several registries")
    chain_id, registry = names.pop()
    chains = [chain for chain in subject.policy["chains"] if chain["chainId"] == chain_id]
    if not chains:
        raise Unaccepted("CHAIN_NOT_ACCEPTED", f"the policy does not accept chain {chain_id}")
    if all(registry != address.lower() for chain in chains for address in chain["registries"]):
        raise Unaccepted("REGISTRY_NOT_ACCEPTED", f"the policy does not accept registry {registry}")


def check_ledger(subject: Subject) -> None:
    ledgers = {(run.anchor["operator"], run.anchor["voucher"]) for run in subject.runs}
    if len(ledgers) != 1:
        raise Rejection("ANCHOR_MISMATCH", "the anchors name several ledgers, and a device has one")
    operator, voucher = ledgers.pop()
    if voucher not in [address.lower() for address in subject.policy["vouchers"]]:
        raise Unaccepted("VOUCHER_NOT_ACCEPTED", f"the policy does not believe {voucher}")
    expected = subject.policy["ledgers"]
    pairs = [(ledger["operator"].lower(), ledger["voucher"].lower()) for ledger in expected or []]
    if expected is not None and (operator, voucher) not in pairs:
        raise Unaccepted("LEDGER_NOT_ACCEPTED", f"the policy does not expect the ledger of {operator}")


def check_grades(subject: Subject) -> None:
    demanded = subject.policy["grades"]
    for run in subject.runs:
        if _is_worse(run.statement["energyGrade"], demanded["energy"]):
            raise Unaccepted("GRADE_NOT_ACCEPTED", f"energy of run {run.number} is {run.statement['energyGrade']}")
        if counts_units(run) and _is_worse(run.statement["workGrade"], demanded["work"]):
            raise Unaccepted("GRADE_NOT_ACCEPTED", f"work of run {run.number} is {run.statement['workGrade']}")


def counts_units(run: Run) -> bool:
    """Whether anything of the run has the grade of work."""
    return any(run.register(name) > 0 for name in ("workUnits", "acceptedUnits", "inputUnits"))


def _is_worse(grade: str, limit: str) -> bool:
    return GRADES.index(grade) > GRADES.index(limit)


def check_books(subject: Subject) -> None:
    for run in subject.runs:
        _check_books(run, subject.policy["books"])
    _check_blind(subject.runs, subject.policy["books"]["blindPercent"])
    if subject.policy["books"]["inventory"] and any(subject.document_of(run) is None for run in subject.runs):
        raise Undetermined("PROOF_ABSENT", "the inventory is claimed, and a vouch document is not shown")


def _check_blind(runs: Sequence[Run], percent: int) -> None:
    """The blind time of all runs together is within the policy's part of their time."""
    blind = sum(run.register("blindMilliseconds") for run in runs)
    if blind * 100 > percent * sum(run.duration_ms for run in runs):
        raise Unaccepted("BLIND_NOT_ACCEPTED", f"sensors were blind for more than {percent} % of the time")


def _check_books(run: Run, books: dict) -> None:
    statement, fed = run.statement, run.statement["fed"]
    if statement["origin"] not in books["origins"]:
        raise Unaccepted("ORIGIN_NOT_ACCEPTED", f"run {run.number} is {statement['origin']}")
    if books["inventory"] and "inventory" not in fed:
        raise Unaccepted("INVENTORY_NOT_SHOWN", f"run {run.number} is not metered by exactly the vouched sensors")
    if books["beacons"] and "beacons" not in fed:
        raise Unaccepted("BEACONS_NOT_SHOWN", f"run {run.number} has no beacon at both ends")
    if statement["broken"] and not books["broken"]:
        raise Unaccepted("BROKEN_NOT_ACCEPTED", f"before run {run.number} the device had lost its books")
