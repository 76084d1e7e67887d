"""From readings to registers (section 3): the plan and the captures of a run give its registers, exactly."""

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt
from typing import Any

from ..format.words import REGISTERS
from .count import CountTrack
from .segment import ZERO, Reading, Sensor
from .surroundings import Surroundings
from .track import Totals, Track
from .units import POWER, Unmetered, scaled, units_of

Json = dict[str, Any]

ENERGY_REGISTERS = {
    "energy": "energyMillijoules",
    "it": "itMillijoules",
    "accelerator": "acceleratorMillijoules",
    "reused": "reusedMillijoules",
}
COUNT_REGISTERS = {
    "work": "workUnits",
    "accepted": "acceptedUnits",
    "input": "inputUnits",
    "water": "waterMillilitres",
}
HIGHEST = 2**60 - 1


class Meter:
    def __init__(self, plan: Iterable[Json], start_ms: int) -> None:
        sensors = [Sensor.of(entry) for entry in plan]
        if any(sensor.since_ms is not None and sensor.since_ms > start_ms for sensor in sensors):
            raise Unmetered("a sensor counts from after the run's start")
        self._units = {sensor: units_of(sensor.role, sensor.method) for sensor in sensors}
        self._start_ms = start_ms
        self._surroundings = Surroundings([sensor for sensor in sensors if sensor.method == "hold"])
        energy = [sensor for sensor in sensors if sensor.role in ENERGY_REGISTERS]
        self._tracks = [Track(sensor, start_ms, self._surroundings) for sensor in energy]
        self._counts = [CountTrack(sensor) for sensor in sensors if sensor.role in COUNT_REGISTERS]
        self._uncertainty = self._blind = 0
        self.is_declared = not any(sensor.role == "energy" for sensor in energy)
        """Whether the energy is declared at best: nothing meters it, or a sensor was never read, or blind and unrated."""
        self.is_open = False
        """Whether a source states what this verifier cannot turn into an uncertainty."""

    def capture(self, time_ms: int, readings: list[Json]) -> dict[str, int]:
        """The registers that these sources give at the time of a capture. Raises Unmetered.

        At the run's start all are 0, whatever sensors count from before it.
        """
        for reading in sorted(readings, key=lambda reading: (_is_restart(reading), reading["timeMs"], self._rank(reading))):
            self._read(reading)
        if time_ms <= self._start_ms:
            return dict.fromkeys(REGISTERS, 0)
        totals = {track: track.totals(time_ms) for track in self._tracks}
        blind = {track: track.blind_until(time_ms) for track in self._tracks}
        self._uncertainty = max(self._uncertainty, _uncertainty(totals))
        self._blind = max(self._blind, self._blind_ms([stretch for one in blind.values() for stretch in one], time_ms))
        self.is_declared |= any(track.is_unread() for track in self._tracks)
        self.is_declared |= any(
            track.sensor.rating_watts is None and _has_length(blind[track]) for track in self._tracks
        )
        sums = self._sums(totals)
        registers = {name: min(int(sums.get(name, 0)), HIGHEST) for name in REGISTERS}
        return registers | {"uncertaintyMillijoules": self._uncertainty, "blindMilliseconds": self._blind}

    def _rank(self, reading: Json) -> int:
        """Of readings of one time, what others are held against comes first."""
        if reading["surface"] == "attester":
            return 0
        held = [sensor.id for sensor in self._surroundings.sensors]
        held += [track.sensor.witness for track in self._tracks if track.sensor.witness is not None]
        return 0 if reading["sensor"] in held else 1

    def _read(self, reading: Json) -> None:
        if reading["surface"] == "attester":
            self._watch(reading)
        for sensor in self._surroundings.sensors:
            if sensor.id == reading["sensor"]:
                self._surroundings.read(sensor, self._reading(reading, self._units[sensor]))
        for track in self._tracks:
            if track.sensor.witness == reading["sensor"]:
                track.witness(self._reading(reading, POWER).times(track.sensor.share))
            if track.sensor.id == reading["sensor"]:
                track.read(self._reading(reading, self._units[track.sensor], track.sensor.width).times(track.sensor.share))
        for count in self._counts:
            if count.sensor.id == reading["sensor"]:
                count.read(self._reading(reading, self._units[count.sensor]))

    def _watch(self, reading: Json) -> None:
        for track in self._tracks:
            if reading["quantity"] == "unwatched":
                track.unwatched(reading["timeMs"], int(Fraction(reading["value"])))
            elif reading["quantity"] == "restart":
                track.restarted()

    def _reading(self, reading: Json, units: dict[str, Fraction], width: Fraction | None = None) -> Reading:
        value = scaled(reading["value"], reading["unit"], units)
        accuracy = {name: Fraction(text) for name, text in reading["accuracy"].items()}
        gain, gap, update, window = (
            accuracy.get(name, ZERO) for name in ("gainLimit", "gapMs", "updateMs", "windowMs")
        )
        offset, step = (accuracy.get(name, ZERO) * units[reading["unit"]] for name in ("offsetLimit", "step"))
        self.is_open |= gap > 0
        width = None if width is None else width * units[reading["unit"]]
        return Reading(reading["timeMs"], value, gain, offset, step, update, window, width)

    def _sums(self, totals: dict[Track, Totals]) -> dict[str, Fraction]:
        sums: dict[str, Fraction] = {}

        def add(name: str, amount: Fraction) -> None:
            sums[name] = sums.get(name, ZERO) + amount

        for track, total in totals.items():
            add(ENERGY_REGISTERS[track.sensor.role], total.joules * 1000)
            add("idleMillijoules", total.idle_joules * 1000)
            add("carbonMilligrams", total.carbon_milligrams)
            add("waterMillilitres", total.water_millilitres)
        for count in self._counts:
            add(COUNT_REGISTERS[count.sensor.role], count.total)
        sums["acceptedUnits"] = min(sums.get("acceptedUnits", ZERO), sums.get("workUnits", ZERO))
        return sums

    def _blind_ms(self, stretches: list[tuple[int, int]], time_ms: int) -> int:
        """Time in which at least one sensor was blind, each millisecond once."""
        blind, reached = 0, self._start_ms
        for start, end in sorted(stretches):
            start, end = max(start, reached), min(end, time_ms)
            blind += max(0, end - start)
            reached = max(reached, end)
        return blind


def _is_restart(reading: Json) -> bool:
    """The sign of a restart comes after all readings of its capture."""
    return reading["surface"] == "attester" and reading["quantity"] == "restart"


def _uncertainty(totals: dict[Track, Totals]) -> int:
    """Expanded (k = 2) of limits that stand for rectangles: 2/√3 of their root sum of squares, rounded up."""
    energy = [total for track, total in totals.items() if track.sensor.role == "energy"]
    bias = sum((total.bias for total in energy), ZERO)
    square = (bias**2 + sum((total.variance for total in energy), ZERO)) * 4_000_000 / 3
    root = isqrt(int(square))
    return min(root if root * root == square else root + 1, HIGHEST)


def _has_length(stretches: list[tuple[int, int]]) -> bool:
    return any(end > start for start, end in stretches)
