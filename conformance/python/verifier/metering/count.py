"""A count of work, accepted or consumed units, or of water: no sensor of energy, and never blind."""

from fractions import Fraction

from .segment import Reading, Segment


class Count:
    def __init__(self) -> None:
        self._last: Reading | None = None
        self._fallen: Reading | None = None

    def read(self, reading: Reading) -> list[Segment]:
        """A fall waits: one that comes back gains what lies beyond, one that has begun anew nothing across the fall."""
        last, fallen = self._last, self._fallen
        if last is None:
            self._last = reading
            return []
        if reading.value >= last.value:
            return [self._believe(last, reading)]
        if fallen is None or reading.value < fallen.value:
            self._fallen = reading
            return []
        return [self._believe(fallen, reading)]

    def _believe(self, last: Reading, reading: Reading) -> Segment:
        self._last, self._fallen = reading, None
        return Segment(last.time_ms, reading.time_ms, Fraction(reading.value - last.value))
