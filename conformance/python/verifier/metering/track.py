"""One sensor through a run: what it gives to its register, how far off that may be, and when it was blind."""

from dataclasses import dataclass
from fractions import Fraction

from .counter import Counter
from .power import Power
from .segment import Reading, Segment, Sensor
from .witness import Witness


@dataclass
class Totals:
    amount: Fraction = Fraction(0)
    bias: Fraction = Fraction(0)
    variance: Fraction = Fraction(0)
    """Sum of squares of independent limits, joules²."""

    def add(self, segment: Segment, from_ms: int, to_ms: int, gains_blindly: bool) -> None:
        share = segment.share(from_ms, to_ms)
        if gains_blindly or not segment.blind:
            self.amount += segment.part(from_ms, to_ms)
        self.bias += segment.bias * share
        self.variance += (segment.spread * share) ** 2

    def copy(self) -> "Totals":
        return Totals(self.amount, self.bias, self.variance)


class Track:
    """A power sensor or a counter of energy in one role of the plan."""

    def __init__(self, sensor: Sensor, start_ms: int) -> None:
        self.sensor = sensor
        self._start_ms = start_ms
        self._from_ms = start_ms if sensor.since_ms is None else sensor.since_ms
        self._series = Power(sensor) if sensor.method == "trapezoid" else Counter(sensor)
        self._witness = None if sensor.witness is None else Witness(sensor)
        self._gains_blindly = sensor.role not in ("it", "reused")
        self._done = Totals()
        self._open: list[Segment] = []
        self._time_ms = -1
        self._first: Reading | None = None
        self.blind: list[tuple[int, int]] = []
        """Stretches that stay blind whatever comes, ascending."""

    def read(self, reading: Reading) -> None:
        """Readings count in the order of their own times; one that does not advance repeats a value already seen."""
        if reading.time_ms <= self._time_ms:
            return
        self._time_ms = reading.time_ms
        self._first = self._first or reading
        segments = self._series.read(reading)
        for segment in segments if self._witness is None else self._witness.judge(reading, segments):
            self._open.append(segment)
            if segment.blind:
                self.blind.append((max(segment.start_ms, self._start_ms), segment.end_ms))

    def witness(self, reading: Reading) -> None:
        """A reading of the power sensor beside the counter; those of one time come before the counter's."""
        if self._witness is not None:
            self._witness.read(reading)

    def unwatched(self, start_ms: int, length_ms: int) -> None:
        self._series.unwatched(start_ms, length_ms)

    def restarted(self, time_ms: int) -> None:
        self._series.restarted(time_ms)

    def totals(self, time_ms: int) -> Totals:
        """Joules and limits up to a time, times the share; times never fall from call to call."""
        for segment in [segment for segment in self._open if segment.end_ms <= time_ms]:
            self._done.add(segment, self._from_ms, time_ms, self._gains_blindly)
            self._open.remove(segment)
        totals = self._done.copy()
        for segment in self._open:
            totals.add(segment, self._from_ms, time_ms, self._gains_blindly)
        for start_ms, end_ms, watts in self._silences(time_ms):
            self._add_silence(totals, end_ms - start_ms, watts)
        share = self.sensor.share
        return Totals(totals.amount * share, totals.bias * share, totals.variance * share**2)

    def blind_until(self, time_ms: int) -> list[tuple[int, int]]:
        """Blind stretches as they look at a time: a sensor that is silent then may come back."""
        silent = [(start, end) for start, end, _ in self._silences(time_ms) if self._is_blind(end - start)]
        return self.blind + [(max(start, self._start_ms), end) for start, end in silent]

    def was_blind(self, time_ms: int) -> bool:
        return any(end > start for start, end in self.blind_until(time_ms))

    def _silences(self, time_ms: int) -> list[tuple[int, int, Fraction]]:
        """Stretches at the ends of the run so far that no reading covers, with the power beside them."""
        last_ms = self._series.last_ms
        if self._first is None or last_ms is None:
            return [(self._from_ms, time_ms, Fraction(0))] if time_ms > self._from_ms else []
        watts = self._first.value if self.sensor.method == "trapezoid" else Fraction(0)
        ends = [
            (self._from_ms, min(self._first.time_ms, time_ms), watts),
            (last_ms, time_ms, self._series.power_watts()),
        ]
        return [(start, end, power) for start, end, power in ends if end > start]

    def _is_blind(self, silent_ms: int) -> bool:
        return self._first is None or self._series.is_blind_after(silent_ms)

    def _add_silence(self, totals: Totals, length_ms: int, watts: Fraction) -> None:
        """Nothing is counted. Blind, rating · t may have flowed; else half of what flowed beside it."""
        if self._is_blind(length_ms):
            totals.bias += (self.sensor.rating_watts or Fraction(0)) * length_ms / 1000
        else:
            totals.variance += (watts * length_ms / 2000) ** 2
