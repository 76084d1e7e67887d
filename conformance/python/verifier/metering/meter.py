"""From readings to registers (section 3): the plan and the captures of a run give its registers, exactly."""

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt
from typing import Any

from ..format.words import REGISTERS
from .count import Count
from .segment import Reading, Segment, Sensor
from .track import Track
from .units import COUNT_UNITS, ENERGY_UNITS, POWER_UNITS, Unmetered, scaled

Json = dict[str, Any]

ENERGY_REGISTERS = {
    "energy": "energyMillijoules",
    "it": "itMillijoules",
    "accelerator": "acceleratorMillijoules",
    "reused": "reusedMillijoules",
}
COUNT_REGISTERS = {"work": "workUnits", "accepted": "acceptedUnits", "input": "inputUnits"}
UNCLEAR_ROLES = {
    "occupancy": "idleMillijoules",
    "carbon-intensity": "carbonMilligrams",
    "water": "waterMillilitres",
    "water-intensity": "waterMillilitres",
}
"""The page does not give the units of these sources, nor what they make of their registers."""
UNCLEAR_ACCURACIES = ("offsetLimit", "step", "windowMs", "updateMs", "gapMs")
"""The page does not say what these add to the uncertainty."""


class Meter:
    def __init__(self, plan: Iterable[Json], start_ms: int) -> None:
        sensors = [Sensor.of(entry) for entry in plan]
        self._start_ms = start_ms
        self._tracks = [Track(sensor, start_ms) for sensor in sensors if sensor.role in ENERGY_REGISTERS]
        self._counts = [CountTrack(sensor, start_ms) for sensor in sensors if sensor.role in COUNT_REGISTERS]
        self.unclear = {UNCLEAR_ROLES[sensor.role] for sensor in sensors if sensor.role in UNCLEAR_ROLES}
        """Registers that this verifier cannot compute, because the page leaves their rule open."""
        self._uncertainty = self._blind = 0
        if any(sensor.since_ms is not None and sensor.since_ms > start_ms for sensor in sensors):
            raise Unmetered("a sensor counts from after the run's start")

    def capture(self, time_ms: int, readings: list[Json]) -> dict[str, int]:
        """The registers that these sources give at the time of a capture, but for `unclear` ones. Raises Unmetered.

        At the run's start all are 0, whatever sensors count from before it.
        """
        for reading in sorted(readings, key=lambda reading: (reading["timeMs"], not self._is_witness(reading))):
            self._read(reading)
        registers = dict.fromkeys(REGISTERS, 0)
        if time_ms > self._start_ms:
            registers |= self._sums(time_ms)
            self._uncertainty = max(self._uncertainty, self._uncertainty_at(time_ms))
            self._blind = max(self._blind, self._blind_at(time_ms))
            registers |= {"uncertaintyMillijoules": self._uncertainty, "blindMilliseconds": self._blind}
        return {name: value for name, value in registers.items() if name not in self.unclear}

    def is_unrated_blind(self, time_ms: int) -> bool:
        """Whether a sensor was blind that nothing rates: such a run is declared."""
        return any(track.sensor.rating_watts is None and track.was_blind(time_ms) for track in self._tracks)

    def _read(self, reading: Json) -> None:
        if reading["surface"] == "attester":
            self._watch(reading)
        for track in self._tracks:
            if track.sensor.witness == reading["sensor"]:
                track.witness(self._reading(reading, POWER_UNITS))
            if track.sensor.id == reading["sensor"]:
                units = POWER_UNITS if track.sensor.method == "trapezoid" else ENERGY_UNITS
                track.read(self._reading(reading, units))
        for count in self._counts:
            if count.sensor.id == reading["sensor"]:
                count.read(self._reading(reading, COUNT_UNITS))

    def _is_witness(self, reading: Json) -> bool:
        return any(track.sensor.witness == reading["sensor"] for track in self._tracks)

    def _watch(self, reading: Json) -> None:
        for track in self._tracks:
            if reading["quantity"] == "unwatched":
                track.unwatched(reading["timeMs"], int(Fraction(reading["value"])))
            elif reading["quantity"] == "restart":
                track.restarted(reading["timeMs"])

    def _reading(self, reading: Json, units: dict[str, Fraction]) -> Reading:
        accuracy = {name: Fraction(value) for name, value in reading["accuracy"].items()}
        if any(accuracy.get(name) for name in UNCLEAR_ACCURACIES):
            self.unclear.add("uncertaintyMillijoules")
        value = scaled(reading["value"], reading["unit"], units)
        step = accuracy.get("step", Fraction(0)) * units[reading["unit"]]
        gain, update_ms, window_ms = (accuracy.get(name, Fraction(0)) for name in ("gainLimit", "updateMs", "windowMs"))
        return Reading(reading["timeMs"], value, gain, step, update_ms, window_ms)

    def _sums(self, time_ms: int) -> dict[str, int]:
        sums: dict[str, Fraction] = {}
        for track in self._tracks:
            name = ENERGY_REGISTERS[track.sensor.role]
            sums[name] = sums.get(name, Fraction(0)) + track.totals(time_ms).amount * 1000
        for count in self._counts:
            name = COUNT_REGISTERS[count.sensor.role]
            sums[name] = sums.get(name, Fraction(0)) + count.total(time_ms)
        return {name: min(int(value), 2**60 - 1) for name, value in sums.items()}

    def _uncertainty_at(self, time_ms: int) -> int:
        """Expanded (k = 2) of limits that stand for rectangles: 2/√3 of their root sum of squares, rounded up."""
        totals = [track.totals(time_ms) for track in self._tracks if track.sensor.role == "energy"]
        bias = sum((total.bias for total in totals), Fraction(0))
        square = (bias**2 + sum((total.variance for total in totals), Fraction(0))) * 4_000_000 / 3
        root = isqrt(int(square))
        return min(root if root * root == square else root + 1, 2**60 - 1)

    def _blind_at(self, time_ms: int) -> int:
        """Time in which at least one sensor was blind, each millisecond once."""
        blind, reached = 0, self._start_ms
        for start, end in sorted(stretch for track in self._tracks for stretch in track.blind_until(time_ms)):
            start, end = max(start, reached), min(end, time_ms)
            blind += max(0, end - start)
            reached = max(reached, end)
        return blind


class CountTrack:
    """A count in one role of the plan."""

    def __init__(self, sensor: Sensor, start_ms: int) -> None:
        self.sensor = sensor
        self._from_ms = start_ms if sensor.since_ms is None else sensor.since_ms
        self._series = Count()
        self._time_ms = -1
        self._done = Fraction(0)
        self._open: list[Segment] = []

    def read(self, reading: Reading) -> None:
        if reading.time_ms > self._time_ms:
            self._time_ms = reading.time_ms
            self._open += self._series.read(reading)

    def total(self, time_ms: int) -> Fraction:
        ended = [segment for segment in self._open if segment.end_ms <= time_ms]
        self._open = [segment for segment in self._open if segment.end_ms > time_ms]
        self._done += sum((segment.part(self._from_ms, time_ms) for segment in ended), Fraction(0))
        waiting = sum((segment.part(self._from_ms, time_ms) for segment in self._open), Fraction(0))
        return (self._done + waiting) * self.sensor.share
