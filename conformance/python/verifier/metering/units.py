"""Raw values of readings, exactly: decimal strings become fractions of watts, joules or other units of a register."""

from fractions import Fraction

_PER_KWH = Fraction(1, 3_600_000)

POWER = {"W": Fraction(1), "kW": Fraction(1000), "mW": Fraction(1, 1000)}
ENERGY = {
    "J": Fraction(1),
    "mJ": Fraction(1, 1000),
    "uJ": Fraction(1, 10**6),
    "Wh": Fraction(3600),
    "kWh": Fraction(3_600_000),
}
COUNT = {"1": Fraction(1)}
VOLUME = {"mL": Fraction(1), "L": Fraction(1000), "m3": Fraction(10**6)}
SHARE = {"1": Fraction(1), "%": Fraction(1, 100)}
CARBON = {"gCO2e/kWh": 1000 * _PER_KWH}
"""To mg of CO₂e for each joule."""
WATER = {"L/kWh": 1000 * _PER_KWH}
"""To mL for each joule."""

UNITS: dict[tuple[str, str], dict[str, Fraction]] = {
    **{(role, "trapezoid"): POWER for role in ("energy", "it", "accelerator", "reused")},
    **{(role, "counter"): ENERGY for role in ("energy", "it", "accelerator", "reused")},
    **{(role, "counter"): COUNT for role in ("work", "accepted", "input")},
    ("water", "counter"): VOLUME,
    ("occupancy", "hold"): SHARE,
    ("carbon-intensity", "hold"): CARBON,
    ("water-intensity", "hold"): WATER,
}
"""What can be metered: units by role and method, with the factor to watts, joules, units, mL, shares, mg/J and mL/J."""


class Unmetered(Exception):
    """No register follows from these sources: a unit is unknown, or a value none that a meter takes."""


def units_of(role: str, method: str) -> dict[str, Fraction]:
    if (role, method) not in UNITS:
        raise Unmetered(f"{role} is not metered by {method}")
    return UNITS[role, method]


def scaled(text: str, unit: str, units: dict[str, Fraction]) -> Fraction:
    """A value in the unit of its register. Raises Unmetered."""
    if unit not in units:
        raise Unmetered(f"nothing of unit {unit[:32]} can be metered in this role")
    value = Fraction(text) * units[unit]
    if value < 0:
        raise Unmetered("a value is negative")
    return value
