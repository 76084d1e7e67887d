"""A counter that stands still against the power beside it is a fault (section 3, "Blind")."""

from dataclasses import replace
from fractions import Fraction

from .power import Power
from .segment import Reading, Segment, Sensor

STANDING_PERIODS, STANDING_UPDATES, STANDING_STEPS = 3, 10, 4


class Witness:
    """The power sensor beside a counter, and what was counted of it in the counter's place."""

    def __init__(self, counter: Sensor) -> None:
        self._counter = counter
        self._power = Power(counter)
        self._time_ms = -1
        self._segments: list[Segment] = []
        self._standing: Reading | None = None
        self._counted_ms: int | None = None
        self._owed = Fraction(0)

    def read(self, reading: Reading) -> None:
        if reading.time_ms > self._time_ms:
            self._time_ms = reading.time_ms
            self._segments += self._power.read(reading)

    def judge(self, reading: Reading, segments: list[Segment]) -> list[Segment]:
        """What counts of a counter's reading: its own rise less what was counted for it, or the witness's energy."""
        if self._standing is None or reading.value != self._standing.value:
            self._standing, self._counted_ms = reading, None
            self._segments = self._segments[-1:]
            return [self._less_owed(segment) for segment in segments]
        since_ms = self._standing.time_ms if self._counted_ms is None else self._counted_ms
        joules = sum((segment.part(since_ms, reading.time_ms) for segment in self._segments), Fraction(0))
        if self._counted_ms is None and not self._is_fault(self._standing, reading, joules):
            return segments
        self._counted_ms = reading.time_ms
        self._owed += joules
        return [Segment(since_ms, reading.time_ms, joules, blind=True)]

    def _is_fault(self, standing: Reading, reading: Reading, joules: Fraction) -> bool:
        patience_ms = max(Fraction(STANDING_PERIODS * self._counter.period_ms), STANDING_UPDATES * reading.update_ms)
        return reading.time_ms - standing.time_ms > patience_ms and joules > STANDING_STEPS * reading.step

    def _less_owed(self, segment: Segment) -> Segment:
        """Later only what the counter shows beyond the witness's energy counts."""
        paid = min(self._owed, segment.amount)
        self._owed -= paid
        return segment if paid == 0 else replace(segment, amount=segment.amount - paid)
