"""A power sensor: integrated by trapezoid, blind over stretches that it does not cover."""

from fractions import Fraction

from .segment import Reading, Segment, Sensor

BLIND_GAP_MS = 3000
BLIND_PERIOD_MS = 10_000


class Power:
    def __init__(self, sensor: Sensor) -> None:
        self._sensor = sensor
        self._last: Reading | None = None
        self._unwatched: list[tuple[int, int]] = []

    @property
    def last_ms(self) -> int | None:
        return None if self._last is None else self._last.time_ms

    def unwatched(self, start_ms: int, length_ms: int) -> None:
        """A stretch in which the device's own process did not run."""
        self._unwatched.append((start_ms, start_ms + length_ms))

    def restarted(self, time_ms: int) -> None:
        """Power has no count to lose."""

    def power_watts(self) -> Fraction:
        """As last read."""
        return Fraction(0) if self._last is None else self._last.value

    def is_blind_after(self, silent_ms: int) -> bool:
        """Without a reading for longer than three periods and 3 s; at long periods at once."""
        if self._sensor.period_ms > BLIND_PERIOD_MS:
            return silent_ms > 0
        return silent_ms > max(BLIND_GAP_MS, 3 * self._sensor.period_ms)

    def read(self, reading: Reading) -> list[Segment]:
        rating = self._sensor.rating_watts
        if rating is not None and reading.value > 2 * rating:
            return []
        last, self._last = self._last, reading
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
        return any(start_ms <= end and start <= end_ms for start, end in self._unwatched)
