"""A count of work, accepted or consumed units, or of water: no sensor of energy, and never blind."""

from fractions import Fraction

from .segment import ZERO, Reading, Sensor


class CountTrack:
    """A count in one role of the plan. A share of it is not taken: units are whole."""

    def __init__(self, sensor: Sensor) -> None:
        self.sensor = sensor
        self._last: Reading | None = None
        self._fallen: Reading | None = None
        self._stood: Fraction | None = None
        """The highest count before it began anew, until it is there again."""
        self._time_ms = -1
        self.total = ZERO
        """Units so far: a reading counts in whole with the capture that holds it."""

    def read(self, reading: Reading) -> None:
        """A fall waits: one that comes back gains what lies beyond, one that has begun anew nothing across the fall."""
        if reading.time_ms <= self._time_ms:
            return
        self._time_ms = reading.time_ms
        last, fallen, self._fallen = self._last, self._fallen, None
        if last is None:
            self._last = reading
        elif reading.value >= last.value:
            self._gain(last, reading)
        elif fallen is None:
            self._fallen = reading
        else:
            self._stood = last.value if self._stood is None else max(self._stood, last.value)
            self._gain(min(fallen, reading, key=lambda one: one.value), reading)

    def _gain(self, last: Reading, reading: Reading) -> None:
        since = last.value
        if self._stood is not None and reading.value >= self._stood:
            since, self._stood = max(since, self._stood), None
        self._last = reading
        self.total += reading.value - since
