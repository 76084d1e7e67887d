"""A count of work, accepted or consumed units, or of water: no sensor of energy, and never blind."""

from .segment import ZERO, Reading, Sensor


class CountTrack:
    """A count in one role of the plan. A share of it is not taken: units are whole."""

    def __init__(self, sensor: Sensor) -> None:
        self.sensor = sensor
        self._last: Reading | None = None
        self._fallen: Reading | None = None
        self._time_ms = -1
        self.total = ZERO
        """Units so far: a reading counts in whole with the capture that holds it."""

    def read(self, reading: Reading) -> None:
        """A fall waits: one that comes back gains what lies beyond, one that has begun anew nothing across the fall."""
        if reading.time_ms <= self._time_ms:
            return
        self._time_ms = reading.time_ms
        if self._last is None:
            self._last = reading
        elif reading.value >= self._last.value:
            self._believe(self._last, reading)
        elif self._fallen is None or reading.value < self._fallen.value:
            self._fallen = reading
        else:
            self._believe(self._fallen, reading)

    def _believe(self, last: Reading, reading: Reading) -> None:
        self._last, self._fallen = reading, None
        self.total += reading.value - last.value
