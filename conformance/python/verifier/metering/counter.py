"""An energy counter: counts by difference; a fall or an impossible rise waits for the next reading."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

from .segment import ZERO, Reading, Segment, Sensor

AWAY_MS, AWAY_PERIODS = 600_000, 60
PATIENCE_MS = 1000


@dataclass(frozen=True)
class Around:
    """What else is known when a counter is read."""

    restarted: bool = False
    """It may have begun anew since its last reading."""
    witnessed: Fraction = ZERO
    """Joules that the power sensor beside it has shown so far."""
    busy: bool = False
    """Its board works, by an occupancy."""


@dataclass
class _Standing:
    """What was seen since its count last moved, and counted in its place."""

    witnessed: Fraction = ZERO
    busy_ms: int = 0
    is_fault: bool = False
    counted: Fraction = ZERO
    counted_ms: int | None = None


STANDING_PERIODS, STANDING_UPDATES, STANDING_STEPS = 3, 10, 4
STANDING_MS = 3000
UNKNOWN_UPDATES_MS = 60_000
LEAST_BUSY_WATTS = 10
UNKNOWN_STEP = Fraction(3600)


class Counter:
    def __init__(self, sensor: Sensor) -> None:
        self._sensor = sensor
        self._first: Reading | None = None
        """The reading at which its count was first seen."""
        self.last: Reading | None = None
        """The last believed one, of the same count."""
        self._doubtful: Reading | None = None
        self._fallen: tuple[Reading, Fraction] | None = None
        """Where it stood before a fall that nothing explains, and what was counted since."""
        self._mean: Fraction | None = None
        self._watts = ZERO
        self._smallest: Fraction | None = None
        self._standing = _Standing()

    def unwatched(self, start_ms: int, length_ms: int) -> None:
        """A counter counts while nobody watches."""

    def power_watts(self) -> Fraction:
        """Mean over the last stretch that was not blind."""
        return self._watts

    def is_blind_after(self, silent_ms: int) -> bool:
        return silent_ms > max(AWAY_MS, AWAY_PERIODS * self._sensor.period_ms)

    def takes(self, reading: Reading) -> bool:
        return True

    def read(self, reading: Reading, around: Around) -> list[Segment]:
        last, doubtful, self._doubtful = self.last, self._doubtful, None
        if last is None:
            self._believe(reading, around)
            return []
        if doubtful is None:
            return self._read(last, reading, around)
        rise, is_sure = self._rise(last, reading)
        if rise is not None and is_sure and not around.restarted:
            # Goes on from before: the one between was bad, unless it could be reached from that one too.
            return self._count(last, reading, around, rise, is_sure=not self._reaches(doubtful, reading))
        broken = self._break(last, doubtful, replace(around, restarted=False))
        return [broken, *self._read(doubtful, reading, around)]

    def _read(self, last: Reading, reading: Reading, around: Around) -> list[Segment]:
        rise, is_sure = self._rise(last, reading)
        if around.restarted and (rise is None or reading.value < last.value):
            return [self._break(last, reading, around)]
        if rise is None:
            self._doubtful = reading
            return []
        reachable = around.restarted and self._is_possible(reading.value, last.time_ms, reading)
        return self._count(last, reading, around, rise, is_sure=is_sure and not reachable)

    def _rise(self, last: Reading, reading: Reading) -> tuple[Fraction | None, bool]:
        """What flowed since it last moved, None where that is not possible; and whether it is the only answer."""
        rise, width = reading.value - last.value, self._width_after(last, reading)
        if width is not None and rise < 0:
            rise += width
        first_ms = last.time_ms if self._first is None else self._first.time_ms
        if rise < 0 or not self._is_possible(rise, first_ms, reading):
            return None, True
        if width is None or not self._is_possible(rise + width, last.time_ms, reading):
            return rise, True
        wraps = max(0, floor((self._mean_joules(last, reading) - rise) / width + Fraction(1, 2)))
        most = floor((self._highest(last.time_ms, reading) - rise) / width)
        return rise + min(wraps, most) * width, False

    def _width_after(self, last: Reading, reading: Reading) -> Fraction | None:
        """Up to a known width it may wrap; without a rating nothing tells a wrap from a fall."""
        width = reading.width
        wraps = width is not None and 0 < width and last.value <= width and self._sensor.rating_watts is not None
        return width if wraps else None

    def _highest(self, since_ms: int, reading: Reading) -> Fraction:
        """Rating × (time + one update and window + 1 s) + two steps."""
        length_ms = reading.time_ms - since_ms + floor(reading.lag_ms) + PATIENCE_MS
        return (self._sensor.rating_watts or ZERO) * length_ms / 1000 + 2 * reading.step

    def _is_possible(self, joules: Fraction, since_ms: int, reading: Reading) -> bool:
        """Without a rating everything is."""
        return self._sensor.rating_watts is None or joules <= self._highest(since_ms, reading)

    def _reaches(self, start: Reading, reading: Reading) -> bool:
        rise = reading.value - start.value
        return rise >= 0 and self._is_possible(rise, start.time_ms, reading)

    def _count(self, last: Reading, reading: Reading, around: Around, rise: Fraction, is_sure: bool) -> list[Segment]:
        if rise == 0 and is_sure:
            return self._stand(last, reading, around)
        standing, first = self._standing, self._first or last
        is_blind = standing.is_fault or not is_sure
        if not is_blind:
            self._mean = self._watts = rise * 1000 / (reading.time_ms - first.time_ms)
            self._smallest = rise if self._smallest is None else min(self._smallest, rise)
        start_ms = standing.counted_ms
        if start_ms is None:
            start_ms = first.time_ms if is_sure else last.time_ms
        beyond = max(rise - standing.counted, ZERO)
        self._pay(beyond)
        self._believe(reading, around)
        if is_blind:
            return [Segment(start_ms, reading.time_ms, beyond, blind=True)]
        return [Segment(start_ms, reading.time_ms, beyond, bias=reading.gain * beyond)]

    def _break(self, last: Reading, reading: Reading, around: Around) -> Segment:
        """Across a leap what it shows counts, across a fall its mean power before; after a restart at least its count."""
        if reading.value >= last.value and self._rise(last, reading)[0] is None:
            joules = self._returned(last, reading)
        else:
            rating, length_ms = self._sensor.rating_watts, reading.time_ms - last.time_ms
            most = None if rating is None else rating * length_ms / 1000
            least = max(self._mean_joules(last, reading), reading.value if around.restarted else ZERO)
            joules = least if most is None else min(least, most)
        if reading.value < last.value:
            self._fallen = None if around.restarted else (last, ZERO)
        self._pay(joules)
        self._believe(reading, around)
        return Segment(last.time_ms, reading.time_ms, joules, blind=True)

    def _returned(self, last: Reading, reading: Reading) -> Fraction:
        """Back where it stood before a fall, only what was not counted since."""
        if self._fallen is None or not self._reaches(self._fallen[0], reading):
            return max(reading.value - last.value - self._standing.counted, ZERO)
        stood, counted = self._fallen
        self._fallen = None
        return max(reading.value - stood.value - counted, ZERO)

    def _pay(self, joules: Fraction) -> None:
        if self._fallen is not None:
            self._fallen = self._fallen[0], self._fallen[1] + joules

    def _stand(self, last: Reading, reading: Reading, around: Around) -> list[Segment]:
        """The same count again: a fault where its witness or its board says otherwise for long enough."""
        standing, first = self._standing, self._first or last
        standing.busy_ms += reading.time_ms - last.time_ms if around.busy else 0
        self.last = reading
        witnessed = max(around.witnessed - standing.witnessed, ZERO)
        shown = max(witnessed, Fraction(LEAST_BUSY_WATTS * standing.busy_ms, 1000))
        step = reading.step or self._smallest or UNKNOWN_STEP
        if not self._is_long(first, reading) or shown <= STANDING_STEPS * step:
            return []
        used = max(witnessed, (self._mean or ZERO) * standing.busy_ms / 1000)
        joules = max(used - standing.counted, ZERO)
        start_ms = first.time_ms if standing.counted_ms is None else standing.counted_ms
        standing.is_fault, standing.counted, standing.counted_ms = True, used, reading.time_ms
        return [Segment(start_ms, reading.time_ms, joules, blind=True)]

    def _is_long(self, first: Reading, reading: Reading) -> bool:
        """Longer than updates can keep a value, and than three periods and 3 s."""
        update_ms = reading.update_ms
        updates_ms = STANDING_UPDATES * update_ms + reading.window_ms if update_ms > 0 else UNKNOWN_UPDATES_MS
        period_ms = self._sensor.period_ms
        periods_ms = 0 if period_ms > 10_000 else max(STANDING_PERIODS * period_ms, STANDING_MS)
        return reading.time_ms - first.time_ms > max(periods_ms, floor(updates_ms))

    def _mean_joules(self, last: Reading, reading: Reading) -> Fraction:
        return (self._mean or ZERO) * (reading.time_ms - last.time_ms) / 1000

    def _believe(self, reading: Reading, around: Around) -> None:
        self._first = self.last = reading
        self._standing = _Standing(around.witnessed)
