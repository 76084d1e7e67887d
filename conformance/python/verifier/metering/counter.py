"""An energy counter: counts by difference; a fall or an impossible rise waits for the next reading."""

from fractions import Fraction

from .segment import ZERO, Reading, Segment, Sensor

AWAY_MS, AWAY_PERIODS = 600_000, 60
PATIENCE_MS = 1000


class Counter:
    def __init__(self, sensor: Sensor) -> None:
        self._sensor = sensor
        self._last: Reading | None = None
        """The first believed reading at the count that it shows now."""
        self._seen_ms = 0
        """When it was last seen at that count."""
        self._doubtful: Reading | None = None
        self._restart_ms: int | None = None
        self._mean_watts = ZERO

    @property
    def last_ms(self) -> int | None:
        """Of the last believed reading."""
        return None if self._last is None else self._seen_ms

    def unwatched(self, start_ms: int, length_ms: int) -> None:
        """A counter counts while nobody watches."""

    def restarted(self, time_ms: int) -> None:
        self._restart_ms = time_ms if self._restart_ms is None else self._restart_ms

    def power_watts(self) -> Fraction:
        """Mean over the last stretch that was counted."""
        return self._mean_watts

    def is_blind_after(self, silent_ms: int) -> bool:
        return silent_ms > max(AWAY_MS, AWAY_PERIODS * self._sensor.period_ms)

    def read(self, reading: Reading) -> list[Segment]:
        last, doubtful = self._last, self._doubtful
        if last is None:
            self._believe(reading)
            return []
        restart_ms = self._restart_ms
        if restart_ms is not None and doubtful is not None:
            return [self._break(last, doubtful), *self._after_restart(doubtful, reading, restart_ms)]
        if restart_ms is not None:
            return self._after_restart(last, reading, restart_ms)
        if doubtful is None and reading.value == last.value:
            self._seen_ms = reading.time_ms
            return []
        if self._rise(last, reading) is not None:
            also = doubtful is not None and self._rise(doubtful, reading) is not None
            return [self._count(last, reading, blind=also)]
        if doubtful is None:
            self._doubtful = reading
            return []
        broken = self._break(last, doubtful)
        if self._rise(doubtful, reading) is None:
            self._doubtful = reading
            return [broken]
        return [broken, self._count(doubtful, reading)]

    def _after_restart(self, last: Reading, reading: Reading, restart_ms: int) -> list[Segment]:
        """Begun anew, it shows the least that flowed; a count that was out of reach since then was not restarted."""
        if reading.value < last.value:
            return [self._blind(reading, self._least_joules(reading))]
        reachable = self._is_possible(reading.value, restart_ms, reading)
        if reachable or self._rise(last, reading) is None:
            return [self._blind(reading, reading.value - last.value)]
        self._restart_ms = None
        return self.read(reading)

    def _least_joules(self, reading: Reading) -> Fraction:
        """What it shows or its mean power before, but no more than its rating."""
        least, rating = max(reading.value, self._mean_joules(reading)), self._sensor.rating_watts
        return least if rating is None else min(least, rating * (reading.time_ms - self._seen_ms) / 1000)

    def _rise(self, last: Reading, reading: Reading) -> Fraction | None:
        """What flowed from one to the other, at most one wrap between; None where that is not possible."""
        rise, width = reading.value - last.value, self._sensor.width
        if rise < 0 and width is not None and self._may_wrap(last):
            rise += width
        return rise if rise >= 0 and self._is_possible(rise, last.time_ms, reading) else None

    def _may_wrap(self, last: Reading) -> bool:
        """Below a known width; without a rating nothing tells a wrap from a fall."""
        width = self._sensor.width
        return width is not None and last.value < width and self._sensor.rating_watts is not None

    def _is_possible(self, joules: Fraction, since_ms: int, reading: Reading) -> bool:
        """Up to rating × (time + one update and window + 1 s) + two steps; without a rating everything is."""
        rating = self._sensor.rating_watts
        if rating is None:
            return True
        length_ms = reading.time_ms - since_ms + reading.lag_ms + PATIENCE_MS
        return joules <= rating * length_ms / 1000 + 2 * reading.step

    def _count(self, last: Reading, reading: Reading, blind: bool = False) -> Segment:
        rise, width = self._rise(last, reading) or ZERO, self._sensor.width
        if width is not None and self._may_wrap(last) and self._is_possible(rise + width, last.time_ms, reading):
            wraps = max(0, round((self._mean_joules(reading) - rise) / width))
            while not self._is_possible(rise + wraps * width, last.time_ms, reading):
                wraps -= 1
            return self._blind(reading, rise + wraps * width)
        if blind:
            return self._blind(reading, rise)
        self._mean_watts = rise * 1000 / (reading.time_ms - last.time_ms)
        self._believe(reading)
        return Segment(last.time_ms, reading.time_ms, rise, bias=reading.gain * rise)

    def _break(self, last: Reading, reading: Reading) -> Segment:
        """Across a leap what it shows counts, across a fall its mean power before."""
        rise = reading.value - last.value
        return self._blind(reading, rise if rise > 0 else self._mean_joules(reading))

    def _mean_joules(self, reading: Reading) -> Fraction:
        return self._mean_watts * (reading.time_ms - self._seen_ms) / 1000

    def _blind(self, reading: Reading, joules: Fraction) -> Segment:
        """From when it was last seen: its estimate."""
        start_ms = self._seen_ms
        self._believe(reading)
        return Segment(start_ms, reading.time_ms, joules, blind=True)

    def _believe(self, reading: Reading) -> None:
        self._last, self._seen_ms, self._doubtful, self._restart_ms = reading, reading.time_ms, None, None
