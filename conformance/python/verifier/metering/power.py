"""A power sensor: integrated by trapezoid, blind over stretches that it does not cover."""

from fractions import Fraction

from .counter import Around
from .segment import Reading, Segment, Sensor

BLIND_GAP_MS = 3000
BLIND_PERIOD_MS = 10_000


class Power:
    def __init__(self, sensor: Sensor) -> None:
        self._sensor = sensor
        self.last: Reading | None = None
        self._unwatched: list[tuple[int, int]] = []

    def unwatched(self, start_ms: int, length_ms: int) -> None:
        """A stretch in which the device's own process did not run."""
        self._unwatched.append((start_ms, start_ms + length_ms))

    def power_watts(self) -> Fraction:
        """As last read."""
        return Fraction(0) if self.last is None else self.last.value

    def is_blind_after(self, silent_ms: int) -> bool:
        """Without a reading for longer than three periods and 3 s; at long periods at once."""
        if self._sensor.period_ms > BLIND_PERIOD_MS:
            return silent_ms > 0
        return silent_ms > max(BLIND_GAP_MS, 3 * self._sensor.period_ms)

    def takes(self, reading: Reading) -> bool:
        """Above twice its rating it is no reading."""
        rating = self._sensor.rating_watts
        return rating is None or reading.value <= 2 * rating

    def read(self, reading: Reading, around: Around) -> list[Segment]:
        last, self.last = self.last, reading
        return [] if last is None else [self._segment(last, reading)]

    def _segment(self, last: Reading, reading: Reading) -> Segment:
        """Gain, offset and step are those of the later reading."""
        length_ms = reading.time_ms - last.time_ms
        rise = reading.value - last.value
        amount = (last.value + reading.value) * length_ms / 2000
        if self._is_blind(last.time_ms, reading.time_ms):
            return Segment(last.time_ms, reading.time_ms, amount, rise, blind=True)
        return Segment(
            last.time_ms,
            reading.time_ms,
            amount,
            rise,
            spread=abs(rise) * length_ms / 2000,
            noise=reading.step * length_ms / 2000,
            bias=reading.gain * amount,
            offset=reading.offset * length_ms / 1000,
        )

    def _is_blind(self, start_ms: int, end_ms: int) -> bool:
        if self.is_blind_after(end_ms - start_ms):
            return True
        return any(start_ms < end and start <= end_ms for start, end in self._unwatched)
