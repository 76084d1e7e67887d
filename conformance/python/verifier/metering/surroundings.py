"""What applies as last known: occupancies of boards, intensities of carbon and water (section 3)."""

from dataclasses import dataclass, field, replace
from fractions import Fraction

from .segment import ZERO, Reading, Segment, Sensor

STALE_OCCUPANCY_MS = 60_000
BUSY = Fraction(5, 100)


@dataclass
class Surroundings:
    sensors: list[Sensor]
    """Entries of the plan that are metered by `hold`."""
    _known: dict[str, Reading] = field(default_factory=dict)

    def read(self, sensor: Sensor, reading: Reading) -> None:
        known = self._known.get(sensor.id)
        if known is None or reading.time_ms > known.time_ms:
            self._known[sensor.id] = reading

    def tell(self, segment: Segment, sensor: Sensor, told_ms: int) -> Segment:
        """A stretch with what was known at the reading that told it."""
        if sensor.role == "energy":
            return replace(segment, carbon=self._largest("carbon-intensity"), water=self._sum("water-intensity"))
        return replace(segment, idle=sensor.role == "accelerator" and self._is_idle(sensor.part, told_ms))

    def _largest(self, role: str) -> Fraction:
        sensors = [sensor.id for sensor in self.sensors if sensor.role == role]
        return max((self._known[id].value for id in sensors if id in self._known), default=ZERO)

    def _sum(self, role: str) -> Fraction:
        sensors = [sensor.id for sensor in self.sensors if sensor.role == role]
        return sum((self._known[id].value for id in sensors if id in self._known), ZERO)

    def _is_idle(self, part: str | None, time_ms: int) -> bool:
        """A board is idle under 5 %, or not read for a minute; without a sensor of it nothing is said."""
        return bool(self._occupancies(part)) and not self.is_busy(part, time_ms)

    def is_busy(self, part: str | None, time_ms: int) -> bool:
        known = [self._known[id] for id in self._occupancies(part) if id in self._known]
        return any(one.value >= BUSY and time_ms - one.time_ms <= STALE_OCCUPANCY_MS for one in known)

    def _occupancies(self, part: str | None) -> list[str]:
        return [sensor.id for sensor in self.sensors if sensor.role == "occupancy" and sensor.part in (None, part)]
