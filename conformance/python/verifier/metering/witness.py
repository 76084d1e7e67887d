"""The power sensor beside a counter, which contradicts one that stands still (section 3, "Blind")."""

from fractions import Fraction

from .power import Power
from .segment import ZERO, Reading, Sensor


class Witness:
    def __init__(self, counter: Sensor) -> None:
        self._power = Power(counter)
        self._last: Reading | None = None
        self.joules = ZERO
        """What it has shown so far; where it was away too long, nothing."""

    def read(self, reading: Reading) -> None:
        last = self._last
        if last is not None and reading.time_ms <= last.time_ms:
            return
        self._last = reading
        if last is not None and not self._power.is_blind_after(reading.time_ms - last.time_ms):
            self.joules += (last.value + reading.value) * Fraction(reading.time_ms - last.time_ms, 2000)
