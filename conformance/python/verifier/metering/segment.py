"""A stretch of time between two believed readings of one sensor, and the sensor as its plan describes it."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

Json = dict[str, Any]
ZERO = Fraction(0)
DEFAULT_PERIOD_MS = 1000


@dataclass(frozen=True)
class Segment:
    start_ms: int
    end_ms: int
    amount: Fraction
    """Joules or units of the whole stretch."""
    slope: Fraction = ZERO
    """Watts by which power rises from its start to its end; a counter's is 0."""
    spread: Fraction = ZERO
    """Limit of the trapezoid's error, joules; independent of others."""
    noise: Fraction = ZERO
    """Limit of what the display's step hides, joules; independent of others."""
    bias: Fraction = ZERO
    """Limit of the gain's error, joules: adds up."""
    offset: Fraction = ZERO
    """Limit of the offset's error, joules: adds up."""
    blind: bool = False
    idle: bool = False
    """Whether the board did nothing meanwhile."""
    carbon: Fraction = ZERO
    """Milligrams for each joule."""
    water: Fraction = ZERO
    """Millilitres for each joule."""

    def part(self, from_ms: int, to_ms: int) -> Fraction:
        """What of `amount` lies in a window; power is a line, a counter's rise is even."""
        start, end = max(self.start_ms, from_ms), min(self.end_ms, to_ms)
        if end <= start:
            return ZERO
        length = self.end_ms - self.start_ms
        middle = Fraction(start + end - self.start_ms - self.end_ms, 2 * length)
        return (self.amount / length + self.slope * middle / 1000) * (end - start)

    def covered_ms(self, from_ms: int, to_ms: int) -> int:
        """What of its time lies in a window: limits of errors go by it."""
        return max(0, min(self.end_ms, to_ms) - max(self.start_ms, from_ms))


@dataclass(frozen=True)
class Sensor:
    """An entry of the metering plan."""

    id: str
    role: str
    method: str
    part: str | None
    """The board that it belongs to."""
    share: Fraction
    period_ms: int
    rating_watts: Fraction | None
    """Of the plan's share."""
    width: Fraction | None
    """The count at which a counter returns to 0, in the unit of its readings."""
    witness: str | None
    since_ms: int | None

    @staticmethod
    def of(entry: Json) -> "Sensor":
        rating, width = entry.get("ratingWatts"), entry.get("wrapsAt")
        share = Fraction(entry.get("share", "1"))
        return Sensor(
            entry["sensor"],
            entry["role"],
            entry["method"],
            entry.get("part"),
            share,
            entry.get("periodMs", DEFAULT_PERIOD_MS),
            None if rating is None else Fraction(rating) * share,
            None if width is None else Fraction(width),
            entry.get("witness"),
            entry.get("sinceMs"),
        )

    def blind_limit(self, joules: Fraction, length_ms: int) -> Fraction:
        """max(E, rating · t - E); without a rating E."""
        if self.rating_watts is None:
            return joules
        return max(joules, self.rating_watts * length_ms / 1000 - joules)


@dataclass(frozen=True)
class Reading:
    time_ms: int
    value: Fraction
    """Watts, joules or units."""
    gain: Fraction = ZERO
    """Half-width of the gain error, as a fraction."""
    offset: Fraction = ZERO
    step: Fraction = ZERO
    """Both in the unit of the value."""
    update_ms: Fraction = ZERO
    window_ms: Fraction = ZERO
    width: Fraction | None = None
    """Of a counter: the count at which it returns to 0."""

    def times(self, share: Fraction) -> "Reading":
        """The plan's share of the value; what is known of its error stays."""
        return replace(self, value=self.value * share, width=None if self.width is None else self.width * share)

    @property
    def lag_ms(self) -> Fraction:
        """By so much a value may be older than its time."""
        return self.update_ms + self.window_ms
