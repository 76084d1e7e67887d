"""One sensor through a run: what it gives to its register, how far off that may be, and when it was blind."""

from dataclasses import dataclass, replace
from fractions import Fraction

from .counter import Around, Counter
from .power import Power
from .segment import ZERO, Reading, Segment, Sensor
from .surroundings import Surroundings
from .witness import Witness


@dataclass(frozen=True)
class Totals:
    joules: Fraction = ZERO
    idle_joules: Fraction = ZERO
    carbon_milligrams: Fraction = ZERO
    water_millilitres: Fraction = ZERO
    bias: Fraction = ZERO
    """Sum of limits that add up, joules."""
    variance: Fraction = ZERO
    """Sum of squares of independent limits, joules²."""

    def plus(self, segment: Segment, sensor: Sensor, from_ms: int, to_ms: int) -> "Totals":
        joules, covered_ms = segment.part(from_ms, to_ms), segment.covered_ms(from_ms, to_ms)
        limit = sensor.blind_limit(joules, covered_ms) if segment.blind else ZERO
        share = Fraction(covered_ms, segment.end_ms - segment.start_ms)
        return Totals(
            self.joules + joules,
            self.idle_joules + joules * segment.idle,
            self.carbon_milligrams + joules * segment.carbon,
            self.water_millilitres + joules * segment.water,
            self.bias + limit + (segment.bias + segment.offset) * share,
            self.variance + (segment.spread**2 + segment.noise**2) * share**2,
        )


@dataclass(frozen=True)
class _End:
    """An end of the run so far: what no reading covers there, and how late the reading beside it may be."""

    start_ms: int
    end_ms: int
    watts: Fraction
    lag_ms: Fraction
    blind: bool


class Track:
    """A power sensor or a counter of energy in one role of the plan."""

    def __init__(self, sensor: Sensor, start_ms: int, surroundings: Surroundings) -> None:
        self.sensor = sensor
        self._from_ms = start_ms if sensor.since_ms is None else sensor.since_ms
        self._surroundings = surroundings
        self._series = Power(sensor) if sensor.method == "trapezoid" else Counter(sensor)
        self._witness = None if sensor.witness is None else Witness(sensor)
        self._is_restarted = False
        self._done = Totals()
        self._open: list[Segment] = []
        self._time_ms = -1
        self._first: tuple[Reading, Fraction] | None = None
        """The first reading of the run, and the power there."""
        self._blind: list[tuple[int, int]] = []

    def read(self, reading: Reading) -> None:
        """Readings count in the order of their own times; one that does not advance repeats a value already seen."""
        if reading.time_ms <= self._time_ms or not self._series.takes(reading):
            return
        self._time_ms = reading.time_ms
        for segment in self._series.read(reading, self._around(reading)):
            self._keep(segment, reading.time_ms)
        self._is_restarted = False
        last = self._series.last
        if last is not None and (self._first is None or last.time_ms <= self._from_ms):
            self._first = last, self._series.power_watts()
        elif self._first is not None and self._first[1] == 0 and self.sensor.method == "counter":
            # A counter has no power before it has advanced once
            self._first = self._first[0], self._series.power_watts()

    def _around(self, reading: Reading) -> Around:
        busy = self._surroundings.is_busy(self.sensor.part, reading.time_ms)
        return Around(self._is_restarted, ZERO if self._witness is None else self._witness.joules, busy)

    def witness(self, reading: Reading) -> None:
        """A reading of the power sensor beside the counter; those of one time come before the counter's."""
        if self._witness is not None:
            self._witness.read(reading)

    def unwatched(self, start_ms: int, length_ms: int) -> None:
        self._series.unwatched(start_ms, length_ms)

    def restarted(self) -> None:
        """It may have begun anew before its next reading."""
        self._is_restarted = True

    def _keep(self, segment: Segment, told_ms: int) -> None:
        if segment.blind:
            self._blind.append((max(segment.start_ms, self._from_ms), segment.end_ms))
        if not (segment.blind and self.sensor.role in ("it", "reused")):
            self._open.append(self._surroundings.tell(segment, self.sensor, told_ms))

    def totals(self, time_ms: int) -> Totals:
        """Joules and limits up to a time, times the share; times never fall from call to call."""
        for segment in self._open:
            if segment.end_ms <= time_ms:
                self._done = self._done.plus(segment, self.sensor, self._from_ms, time_ms)
        self._open = [segment for segment in self._open if segment.end_ms > time_ms]
        totals = self._done
        for segment in self._open:
            totals = totals.plus(segment, self.sensor, self._from_ms, time_ms)
        return self._with_ends(totals, time_ms)

    def blind_until(self, time_ms: int) -> list[tuple[int, int]]:
        """Blind stretches as they look at a time: a sensor that is silent then may come back."""
        silent = [(end.start_ms, end.end_ms) for end in self._ends(time_ms) if end.blind]
        return [(start, min(end, time_ms)) for start, end in self._blind] + silent

    def is_unread(self) -> bool:
        return self._first is None

    def _ends(self, time_ms: int) -> list[_End]:
        latest = self._series.last
        if self._first is None or latest is None:
            return [_End(self._from_ms, time_ms, ZERO, ZERO, self._is_gap(time_ms - self._from_ms))]
        first, first_watts = self._first
        first_ms = max(self._from_ms, min(first.time_ms, time_ms))
        last_ms = max(latest.time_ms, self._from_ms)
        end_ms = max(last_ms, time_ms)
        away = self._series.is_blind_after(end_ms - last_ms)
        return [
            _End(self._from_ms, first_ms, first_watts, first.lag_ms, self._is_gap(first_ms - self._from_ms)),
            _End(last_ms, end_ms, self._series.power_watts(), latest.lag_ms, away),
        ]

    def _is_gap(self, silent_ms: int) -> bool:
        """Before its first reading any sensor is blind like one of power."""
        return Power(self.sensor).is_blind_after(silent_ms)

    def _with_ends(self, totals: Totals, time_ms: int) -> Totals:
        """Nothing is counted at an end. Blind, rating · t may have flowed there; else what the power beside it gives.

        A counter's step hides a half at each end, and a reading is as late as its window and update.
        """
        bias, variance, rating = totals.bias, totals.variance, self.sensor.rating_watts
        for end in self._ends(time_ms):
            variance += (end.watts * end.lag_ms / 2000) ** 2
            most_watts = rating if end.blind and rating is not None else end.watts
            bias += most_watts * (end.end_ms - end.start_ms) / 1000
        if self._series.last is not None and self.sensor.method == "counter":
            variance += 2 * (self._series.last.step / 2) ** 2
        return replace(totals, bias=bias, variance=variance)
