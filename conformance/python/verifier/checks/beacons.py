"""Beacons: blocks of the chain that say "not earlier than" (section 4, "Labels")."""

from typing import Any

from ..format.words import unhex
from ..verdict import Rejection, Undetermined
from .plan import closing_beacon
from .subject import Run, Subject

Json = dict[str, Any]

FINALITY_STEP_MS, RATE_PERCENT = 900_000, 1
"""Finality moves in steps: by so much the chain's time between two beacons and the device's may differ."""


def check_beacons(run: Run, subject: Subject) -> None:
    """Opening and closing name blocks of the chain, the one no later than the other, neither after anchor or end."""
    opening, closing = run.context["beacon"], closing_beacon(run)
    named = [beacon for beacon in (opening, closing) if beacon is not None]
    numbers = [int(beacon["number"]) for beacon in named]
    if numbers != sorted(numbers) or any(number >= int(run.anchor["blockNumber"]) for number in numbers):
        raise Rejection(
            "BEACON_MISMATCH",
            f"a beacon of run {run.number} is no block before the anchor, or the closing's before the opening's",
        )
    latest = run.statement["endTimeMs"] + subject.policy["tolerances"]["clockMs"]
    unknown: Undetermined | None = None
    for beacon in named:
        try:
            if _block_time_ms(beacon, subject) > latest:
                raise Rejection("BEACON_MISMATCH", f"a beacon of run {run.number} is of a time after its end")
        except Undetermined as outcome:
            unknown = unknown or outcome
    if opening is None:
        raise Undetermined("PROOF_ABSENT", f"run {run.number} names no block at its opening")
    if unknown is not None:
        raise unknown


def has_other_rate(run: Run, subject: Subject) -> bool:
    """Whether another time passed between the two beacons than by the device's clock. Asked for once `beacon` held."""
    opening, closing = run.context["beacon"], closing_beacon(run)
    if opening is None or closing is None:
        return False
    opened = _block_time_ms(opening, subject)
    passed = _block_time_ms(closing, subject) - opened
    counted = run.statement["endTimeMs"] - max(run.statement["startTimeMs"], opened)
    is_slow = (100 - RATE_PERCENT) * passed > 100 * (counted + FINALITY_STEP_MS)
    return is_slow or 100 * (counted - FINALITY_STEP_MS) > (100 + RATE_PERCENT) * passed


def _block_time_ms(beacon: Json, subject: Subject) -> int:
    number = int(beacon["number"])
    block = subject.blocks.listed(number)
    if block is None:
        raise subject.blocks.unknown(number)
    if unhex(block["hash"]) != unhex(beacon["hash"]):
        raise Rejection(
            "BEACON_MISMATCH", f"the beacon is no block of the chain: the policy lists another block {number}"
        )
    if "timestamp" not in block:
        raise Undetermined("BLOCK_TIME_UNKNOWN", f"the policy lists block {number} without its time")
    return block["timestamp"] * 1000
