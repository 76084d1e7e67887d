"""An energy counter: counts by difference; a fall or an impossible rise waits for the next reading."""

from fractions import Fraction

from .segment import Reading, Segment, Sensor

AWAY_MS, AWAY_PERIODS = 600_000, 60


class Counter:
    def __init__(self, sensor: Sensor) -> None:
        self._sensor = sensor
        self._last: Reading | None = None
        self._doubtful: Reading | None = None
        self._restart_ms: int | None = None
        self._mean_watts = Fraction(0)

    @property
    def last_ms(self) -> int | None:
        """Of the last believed reading."""
        return None if self._last is None else self._last.time_ms

    def unwatched(self, start_ms: int, length_ms: int) -> None:
        """A counter counts while nobody watches."""

    def restarted(self, time_ms: int) -> None:
        self._restart_ms = time_ms

    def power_watts(self) -> Fraction:
        """Mean over the last stretch that was counted."""
        return self._mean_watts

    def is_blind_after(self, silent_ms: int) -> bool:
        return silent_ms > max(AWAY_MS, AWAY_PERIODS * self._sensor.period_ms)

    def read(self, reading: Reading) -> list[Segment]:
        last, doubtful = self._last, self._doubtful
        if last is None:
            self._last = reading
            return []
        if self._restart_ms is not None and last.time_ms <= self._restart_ms:
            return [self._after_restart(last, reading, self._restart_ms)]
        if self._rise(last, reading) is not None:
            also = doubtful is not None and self._rise(doubtful, reading) is not None
            return [self._count(last, reading, blind=also)]
        if doubtful is None or self._rise(doubtful, reading) is None:
            self._doubtful = reading
            return []
        return [self._break(last, doubtful), self._count(doubtful, reading)]

    def _after_restart(self, last: Reading, reading: Reading, restart_ms: int) -> Segment:
        """Begun anew, it shows the least that flowed; a count that was out of reach since then was not restarted."""
        reachable = self._is_possible(reading.value, restart_ms, reading)
        if reading.value < last.value:
            return self._believe(last, reading, reading.value, blind=True)
        return self._count(last, reading, blind=reachable)

    def _rise(self, last: Reading, reading: Reading) -> Fraction | None:
        """What flowed from one to the other, at most one wrap between; None where that is not possible."""
        rise = reading.value - last.value
        if rise < 0 and self._sensor.width is not None and last.value < self._sensor.width:
            rise += self._sensor.width
        return rise if rise >= 0 and self._is_possible(rise, last.time_ms, reading) else None

    def _is_possible(self, joules: Fraction, since_ms: int, reading: Reading) -> bool:
        """Up to rating × (time + one update and window + 1 s) + two steps; without a rating everything is."""
        rating = self._sensor.rating_watts
        if rating is None:
            return True
        length_ms = reading.time_ms - since_ms + reading.update_ms + reading.window_ms + 1000
        return joules <= rating * length_ms / 1000 + 2 * reading.step

    def _count(self, last: Reading, reading: Reading, blind: bool = False) -> Segment:
        rise = self._rise(last, reading)
        rise = reading.value - last.value if rise is None else rise
        width = self._sensor.width
        if width is not None and last.value < width and self._is_possible(rise + width, last.time_ms, reading):
            mean = self._mean_watts * (reading.time_ms - last.time_ms) / 1000
            wraps = max(0, round((mean - rise) / width))
            while not self._is_possible(rise + wraps * width, last.time_ms, reading):
                wraps -= 1
            return self._believe(last, reading, rise + wraps * width, blind=True)
        return self._believe(last, reading, rise, blind)

    def _break(self, last: Reading, reading: Reading) -> Segment:
        """Across a leap what it shows counts, across a fall its mean power before."""
        rise = reading.value - last.value
        mean = self._mean_watts * (reading.time_ms - last.time_ms) / 1000
        return self._believe(last, reading, rise if rise > 0 else mean, blind=True)

    def _believe(self, last: Reading, reading: Reading, joules: Fraction, blind: bool) -> Segment:
        self._last, self._doubtful, self._restart_ms = reading, None, None
        length_ms = reading.time_ms - last.time_ms
        if blind:
            limit = self._sensor.blind_limit(joules, length_ms)
            return Segment(last.time_ms, reading.time_ms, joules, bias=limit, blind=True)
        self._mean_watts = joules * 1000 / length_ms
        return Segment(last.time_ms, reading.time_ms, joules, bias=max(last.gain, reading.gain) * joules)
