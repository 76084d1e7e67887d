"""Raw values of readings, exactly: decimal strings become fractions of watts, joules or counts."""

from fractions import Fraction

POWER_UNITS = {"mW": Fraction(1, 1000), "W": Fraction(1), "kW": Fraction(1000), "MW": Fraction(10**6)}
ENERGY_UNITS = {
    "mJ": Fraction(1, 1000),
    "J": Fraction(1),
    "kJ": Fraction(1000),
    "MJ": Fraction(10**6),
    "Wh": Fraction(3600),
    "kWh": Fraction(3_600_000),
    "MWh": Fraction(3_600_000_000),
}
COUNT_UNITS = {"1": Fraction(1)}


class Unmetered(Exception):
    """No register follows from these sources: a unit is unknown, or a value none that a meter takes."""


def scaled(text: str, unit: str, units: dict[str, Fraction]) -> Fraction:
    """Watts, joules or units of a count. Raises Unmetered."""
    if unit not in units:
        raise Unmetered(f"nothing of unit {unit[:32]} can be metered in this role")
    value = Fraction(text) * units[unit]
    if value < 0:
        raise Unmetered("a value is negative")
    return value
