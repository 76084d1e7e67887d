"""Verdicts (section 8): valid, invalid, unaccepted, undetermined; the heaviest decides."""

from collections.abc import Callable
from dataclasses import dataclass, field

EXIT_CODES = {"valid": 0, "invalid": 1, "undetermined": 3, "unaccepted": 5}


class Outcome(Exception):
    """What a check ends with where it does not hold: a code of the closed tables of docs/verifying.md."""

    status = ""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Rejection(Outcome):
    """The document is refused: nothing in it should be relied on."""

    status = "invalid"


class Unaccepted(Outcome):
    """Nothing is refused, but the policy does not believe or expect it."""

    status = "unaccepted"


class Undetermined(Outcome):
    """It could not be known."""

    status = "undetermined"


@dataclass(frozen=True)
class Verdict:
    status: str
    code: str | None = None
    detail: str | None = None

    @staticmethod
    def of(outcome: Outcome) -> "Verdict":
        return Verdict(outcome.status, outcome.code, outcome.detail)


VALID = Verdict("valid")


@dataclass
class Judgement:
    """Checks in their order, and the findings on the way. The first refusal ends the judging."""

    required: frozenset[str]
    """Checks of `OPTIONAL` that the policy demands."""
    optional: frozenset[str]
    """Checks that may stay open where the policy does not demand them."""
    checks: list[tuple[str, Verdict]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def run(self, check: str, judge: Callable[[], None], after: tuple[str, ...] = ()) -> None:
        """Runs one check. Where one that it rests on did not hold it is not reached."""
        unmet = [name for name in after if not self.holds(name)]
        if unmet:
            self.checks.append((check, Verdict("undetermined", "NOT_REACHED", f"{unmet[0]} did not hold")))
            return
        try:
            judge()
            self.checks.append((check, VALID))
        except (Unaccepted, Undetermined) as outcome:
            self.checks.append((check, Verdict.of(outcome)))

    def holds(self, check: str) -> bool:
        return any(name == check and verdict is VALID for name, verdict in self.checks)

    def find(self, code: str, where: bool = True) -> None:
        """Notes a finding once, where the condition holds."""
        if where and code not in self.findings:
            self.findings.append(code)

    def verdict(self) -> Verdict:
        """The first thing that is not accepted, else the first demanded check that could not be decided."""
        for _, verdict in self.checks:
            if verdict.status == "unaccepted":
                return verdict
        open_checks = (
            verdict for name, verdict in self.checks if verdict.status == "undetermined" and self._is_demanded(name)
        )
        return next(open_checks, VALID)

    def _is_demanded(self, check: str) -> bool:
        return check not in self.optional or check in self.required


def worse(left: Verdict, right: Verdict) -> Verdict:
    """The heavier of two verdicts; the left one where they weigh the same."""
    weights = ("valid", "undetermined", "unaccepted", "invalid")
    return right if weights.index(right.status) > weights.index(left.status) else left
