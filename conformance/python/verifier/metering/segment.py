"""A stretch of time between two believed readings of one sensor, and the sensor as its plan describes it."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Segment:
    start_ms: int
    end_ms: int
    amount: Fraction
    """Joules or units of the whole stretch."""
    slope: Fraction = Fraction(0)
    """Watts by which power rises from its start to its end; a counter's is 0."""
    spread: Fraction = Fraction(0)
    """Limit of the trapezoid's error, joules; independent of others."""
    bias: Fraction = Fraction(0)
    """Limit of what adds up: gain errors, and the limit of a blind stretch, joules."""
    blind: bool = False

    def part(self, from_ms: int, to_ms: int) -> Fraction:
        """What of `amount` lies in a window; power is a line, a counter's rise is even."""
        start, end = max(self.start_ms, from_ms), min(self.end_ms, to_ms)
        if end <= start:
            return Fraction(0)
        length = self.end_ms - self.start_ms
        middle = Fraction(start + end - self.start_ms - self.end_ms, 2 * length)
        return (self.amount / length + self.slope * middle / 1000) * (end - start)

    def reduced(self, amount: Fraction) -> "Segment":
        return replace(self, amount=self.amount - amount)

    def share(self, from_ms: int, to_ms: int) -> Fraction:
        """What of its time lies in a window, 0 to 1: limits of errors go by it."""
        covered = min(self.end_ms, to_ms) - max(self.start_ms, from_ms)
        return Fraction(max(0, covered), self.end_ms - self.start_ms)


@dataclass(frozen=True)
class Sensor:
    """An entry of the metering plan."""

    id: str
    role: str
    method: str
    share: Fraction
    period_ms: int
    rating_watts: Fraction | None
    width: Fraction | None
    """The count at which a counter returns to 0, joules."""
    witness: str | None
    since_ms: int | None

    @staticmethod
    def of(entry: Json) -> "Sensor":
        rating, width = entry.get("ratingWatts"), entry.get("wrapsAt")
        return Sensor(
            entry["sensor"],
            entry["role"],
            entry["method"],
            Fraction(entry.get("share", "1")),
            entry.get("periodMs", 1000),
            None if rating is None else Fraction(rating),
            None if width is None else Fraction(width),
            entry.get("witness"),
            entry.get("sinceMs"),
        )

    def blind_limit(self, amount: Fraction, length_ms: int) -> Fraction:
        """max(E, rating · t - E); without a rating E."""
        if self.rating_watts is None:
            return amount
        return max(amount, self.rating_watts * length_ms / 1000 - amount)


@dataclass(frozen=True)
class Reading:
    time_ms: int
    value: Fraction
    """Watts, joules or units."""
    gain: Fraction
    """Half-width of the gain error, as a fraction."""
    step: Fraction
    update_ms: Fraction
    window_ms: Fraction
