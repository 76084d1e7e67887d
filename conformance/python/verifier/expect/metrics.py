"""Numbers that a policy may expect: the metrics of docs/claims.md, of the runs of a certificate (docs/metrics.md)."""

from dataclasses import dataclass, field
from fractions import Fraction

from ..checks.subject import Run
from ..format.words import GRADES

Units = dict[str, Fraction]
"""What each unit is in the metric's own; the first is meant where a quantity names none."""

KILO, MILLI, MICRO, NANO = Fraction(1000), Fraction(1, 1000), Fraction(1, 10**6), Fraction(1, 10**9)
WATT_HOUR = Fraction(3600)
PREFIXES = {"": Fraction(1), "k": KILO, "M": KILO**2, "G": KILO**3}

ENERGY: Units = {"J": Fraction(1), "mJ": MILLI, "kJ": KILO, "MJ": KILO**2, "GJ": KILO**3, "TJ": KILO**4}
ENERGY |= {f"{prefix}Wh": factor * WATT_HOUR for prefix, factor in PREFIXES.items()}
MASS: Units = {"kg": KILO, "mg": MILLI, "g": Fraction(1), "t": KILO**2, "kt": KILO**3}
MASS_PER_UNIT: Units = {"g": Fraction(1), "µg": MICRO, "mg": MILLI, "kg": KILO, "t": KILO**2}
VOLUME: Units = {"L": Fraction(1), "mL": MILLI, "m3": KILO}
VOLUME_PER_UNIT: Units = {**VOLUME, "µL": MICRO, "nL": NANO}
WATER_PER_ENERGY: Units = {"L/kWh": Fraction(1), "mL/kWh": MILLI, "µL/kWh": MICRO}
SHARE: Units = {"%": Fraction(1, 100), "ppm": MICRO}
RATIO: Units = {"": Fraction(1), **SHARE}
TIME: Units = {"s": Fraction(1), "ms": MILLI, "min": Fraction(60), "h": Fraction(3600), "d": Fraction(86400)}
COUNT: Units = {"": Fraction(1)}

FEEDS = {
    "itMillijoules": "it",
    "acceleratorMillijoules": "accelerator",
    "idleMillijoules": "idle",
    "workUnits": "work",
    "acceptedUnits": "accepted",
    "inputUnits": "input",
    "carbonMilligrams": "carbon",
    "waterMillilitres": "water",
    "reusedMillijoules": "reused",
}
"""The name in `fed` of each register that not every plan feeds."""
UNGRADED = ("durationMilliseconds", "blindMilliseconds", "runs", "broken")
WORK = ("workUnits", "acceptedUnits", "inputUnits")
FACTORED = ("carbonMilligrams", "waterMillilitres")
ESTIMATED = GRADES.index("estimated")


@dataclass(frozen=True)
class Metric:
    units: Units
    over: str | None
    """A register, or what `total` knows beside them; None for a number about more than a certificate's runs."""
    under: str | None = None
    scale: Fraction = field(default=Fraction(1))
    """What one of `over`, by one of `under`, is in the metric's own unit."""
    is_uncertain: bool = False
    """Whether the uncertainty of energy counts, above or below the line."""

    @property
    def is_per_work(self) -> bool:
        return self.under in WORK

    @property
    def counts_work(self) -> bool:
        """Whether a quantity of it names the unit of work."""
        return self.is_per_work or self.over in WORK

    @property
    def totals(self) -> list[str]:
        return [name for name in (self.over, self.under) if name is not None]


_ENERGY = "energyMillijoules"
METRICS = {
    "energy": Metric(ENERGY, _ENERGY, None, MILLI, is_uncertain=True),
    "energy-central": Metric(ENERGY, _ENERGY, None, MILLI),
    "energy-per-work": Metric(ENERGY, _ENERGY, "workUnits", MILLI, is_uncertain=True),
    "energy-per-accepted": Metric(ENERGY, _ENERGY, "acceptedUnits", MILLI, is_uncertain=True),
    "energy-per-input": Metric(ENERGY, _ENERGY, "inputUnits", MILLI, is_uncertain=True),
    "pue": Metric(RATIO, _ENERGY, "itMillijoules", is_uncertain=True),
    "wue": Metric(WATER_PER_ENERGY, "waterMillilitres", "itMillijoules", KILO * WATT_HOUR),
    "erf": Metric(SHARE, "reusedMillijoules", _ENERGY, is_uncertain=True),
    "idle-tax": Metric(SHARE, "idleMillijoules", "acceleratorMillijoules"),
    "accelerator-share": Metric(SHARE, "acceleratorMillijoules", _ENERGY, is_uncertain=True),
    "carbon": Metric(MASS, "carbonMilligrams", None, MILLI),
    "carbon-per-work": Metric(MASS_PER_UNIT, "carbonMilligrams", "workUnits", MILLI),
    "water": Metric(VOLUME, "waterMillilitres", None, MILLI),
    "water-per-work": Metric(VOLUME_PER_UNIT, "waterMillilitres", "workUnits", MILLI),
    "work": Metric(COUNT, "workUnits"),
    "ledger-share": Metric(SHARE, None),
    "metered-time": Metric(TIME, "durationMilliseconds", None, MILLI),
    "blind-share": Metric(SHARE, "blindMilliseconds", "durationMilliseconds"),
    "broken": Metric({"runs": Fraction(1)}, "broken"),
    "runs": Metric({"runs": Fraction(1)}, "runs"),
}


def total(runs: list[Run], name: str) -> int:
    """Of all runs: a register, their time, their number, or the number of those before which the books broke."""
    if name == "durationMilliseconds":
        return sum(run.duration_ms for run in runs)
    if name == "runs":
        return len(runs)
    if name == "broken":
        return sum(run.statement["broken"] for run in runs)
    return sum(run.register(name) for run in runs)


def is_fed(runs: list[Run], name: str) -> bool:
    """A total exists where every run feeds it."""
    return name not in FEEDS or all(FEEDS[name] in run.statement["fed"] for run in runs)


def worst_of(runs: list[Run], name: str) -> int:
    """Index in GRADES of a total's worst source; carbon and water are estimated at best."""
    if name in UNGRADED:
        return 0
    statement_grade = "workGrade" if name in WORK else "energyGrade"
    worst = max(GRADES.index(run.statement[statement_grade]) for run in runs)
    return max(worst, ESTIMATED) if name in FACTORED else worst
