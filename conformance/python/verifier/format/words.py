"""Words, leaves, statements and roots (sections 2 to 4)."""

import hashlib
from typing import Any

from ..crypto.poseidon import poseidon
from .canonical import encode_canonical

Json = dict[str, Any]

REGISTERS = (
    "energyMillijoules",
    "uncertaintyMillijoules",
    "itMillijoules",
    "acceleratorMillijoules",
    "idleMillijoules",
    "workUnits",
    "acceptedUnits",
    "inputUnits",
    "carbonMilligrams",
    "waterMillilitres",
    "reusedMillijoules",
    "blindMilliseconds",
)
GAUGES = (
    ("meanPowerMilliwatts", 40),
    ("smOccupancy", 16),
    ("dramActivity", 16),
    ("computeActivity", 16),
    ("acceleratorCentikelvin", 16),
    ("inletCentikelvin", 16),
)
PHASES = ("unspecified", "idle", "prefill", "decode", "train", "evaluate", "load")
CLOCKS = ("unsynchronised", "informative", "synchronised", "relative")
BOUNDARIES = ("", "gpu", "node", "rack", "facility")
STATUSES = ("complete", "interrupted", "continued")
GRADES = ("calibrated", "measured", "allocated", "estimated", "declared", "simulated")
ORIGINS = ("live", "recorded")
FED = ("it", "accelerator", "idle", "work", "accepted", "input", "carbon", "water", "reused", "inventory", "beacons")
TAGS = ("model", "unit", "zone", "site", "party")


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def pack(fields: list[tuple[int, int]]) -> int:
    """Bit fields (value, width) side by side, the first in the low bits."""
    word = shift = 0
    for value, width in fields:
        if not 0 <= value < 1 << width:
            raise ValueError(f"{value} does not fit {width} bits")
        word |= value << shift
        shift += width
    return word


def register_words(registers: Json) -> list[int]:
    """w0, w1, w2 of a capture, and s0, s1, s2 of a statement."""
    values = [(int(registers[name]), 60) for name in REGISTERS]
    return [pack(values[start : start + 4]) for start in (0, 4, 8)]


def gauge_word(capture: Json) -> int:
    """w3: sequence, time and gauges; all ones stand for "not measured"."""
    gauges = capture["gauges"]
    fields = [(capture["sequence"], 32), (capture["timeMs"], 48)]
    for name, width in GAUGES:
        fields.append(((1 << width) - 1 if gauges[name] is None else gauges[name], width))
    return pack([*fields, (PHASES.index(gauges["phase"]), 8), (CLOCKS.index(gauges["clock"]), 8)])


def leaf(capture: Json) -> int:
    words = [*register_words(capture["registers"]), gauge_word(capture)]
    return poseidon([*words, b31_of_json(capture["sources"]), int(capture["salt"], 16)])


def capture_message(run: int, leaf_value: int) -> bytes:
    """What the device signs of a capture."""
    return b"wattest/capture/v1\0" + run.to_bytes(8, "big") + leaf_value.to_bytes(32, "big")


def statement_words(statement: Json) -> list[int]:
    """s0 to s4."""
    marks = [
        (BOUNDARIES, "boundary"),
        (STATUSES, "status"),
        (GRADES, "energyGrade"),
        (GRADES, "workGrade"),
        (ORIGINS, "origin"),
    ]
    times = [(statement["startTimeMs"], 48), (statement["endTimeMs"], 48), (statement["captures"], 32)]
    places = [(names.index(statement[name]), 8) for names, name in marks]
    fed = sum(1 << FED.index(name) for name in statement["fed"])
    third = pack([*times, *places, (fed, 16), (int(statement["broken"]), 1)])
    return [*register_words(statement["registers"]), third, pack([(int(statement["lifetimeMillijoules"]), 96)])]


def statement_digest(statement: Json, device: bytes, run: int, salt: int) -> int:
    labels = [b31(statement[tag].encode()) for tag in TAGS]
    identity = b31(device + run.to_bytes(8, "big"))
    return poseidon([*statement_words(statement), *labels, b31_of_json(statement["context"]), identity, salt])


def b31(data: bytes) -> int:
    """The first 31 bytes of SHA-256, read big-endian: always in F."""
    return int.from_bytes(hashlib.sha256(data).digest()[:31], "big")


def b31_of_json(value: Any) -> int:
    return b31(encode_canonical(value))


def json_digest(value: Any) -> bytes:
    """SHA-256 over the canonical JSON: the digest of a vouch document."""
    return hashlib.sha256(encode_canonical(value)).digest()
