"""A bound that a policy expects, `METRIC <= QUANTITY` or `>=` (docs/verifying.md, "A gate for buyers")."""

import re
from dataclasses import dataclass
from fractions import Fraction

from ..verdict import Rejection
from .metrics import ENERGY, METRICS, PREFIXES, Metric

_BOUND = re.compile(r"\s*([^\s<>=]+)\s*([<>]=)\s*([0-9]+(?:\.[0-9]+)?)\s*(.*?)\s*")
_JOULES_PER = "joules-per-"


@dataclass(frozen=True)
class Bound:
    text: str
    metric: Metric
    is_upper: bool
    limit: Fraction
    """In the metric's own unit, by one of `work` where it counts work."""
    work: str | None
    """The unit of work as the quantity spells it, perhaps with a prefix."""


def parse_bound(text: str) -> Bound:
    """Raises Rejection FIELD_MALFORMED where it is none."""
    match = _BOUND.fullmatch(text)
    if match is None:
        raise _malformed(text, "is no metric, comparison and quantity")
    name, comparison, number, unit = match.groups()
    metric = METRICS["energy-per-work"] if name.startswith(_JOULES_PER) else METRICS.get(name)
    if metric is None:
        raise _malformed(text, "is about no metric that can be expected")
    unit, work = _divide(text, metric, unit, name.removeprefix(_JOULES_PER) if name.startswith(_JOULES_PER) else None)
    factor = metric.units.get(unit or next(iter(metric.units)))
    if factor is None:
        raise _malformed(text, f"names none of {', '.join(metric.units)}")
    return Bound(text, metric, comparison == "<=", Fraction(number) * factor, work)


def prefix_of(work: str, unit: str) -> Fraction | None:
    """How many units one `work` is; None where it is of another unit."""
    if work == unit:
        return Fraction(1)
    return PREFIXES.get(work[:1]) if work[1:] == unit else None


def _divide(text: str, metric: Metric, unit: str, named: str | None) -> tuple[str, str | None]:
    """The unit and the unit of work. One that the metric's name holds need not be repeated."""
    if not metric.counts_work:
        return unit, None
    unit, _, work = unit.partition("/") if metric.is_per_work else ("", "/", unit)
    work = work or named or ""
    if not work or (named is not None and prefix_of(work, named) is None):
        raise _malformed(text, "does not name its unit of work")
    if metric.units is ENERGY and not unit and named is None:
        raise _malformed(text, "does not name its unit")
    return unit, work


def _malformed(text: str, what: str) -> Rejection:
    return Rejection("FIELD_MALFORMED", f"policy.expect.bounds: {text[:80]!a} {what}")
