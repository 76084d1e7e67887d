"""From the captures to the submission that the device signed (sections 3 to 5)."""

from ..crypto.keccak import keccak256
from ..format.merkle import climb
from ..format.words import capture_message, unhex
from ..verdict import Rejection
from .subject import Run, Subject


def check_anchor_order(run: Run, clock_ms: int) -> None:
    """No run is anchored before its end; `clock_ms` is what the policy lets clocks differ by."""
    if run.anchor["anchoredAt"] * 1000 + clock_ms < run.statement["endTimeMs"]:
        raise Rejection("ANCHOR_BEFORE_END", f"run {run.number} is anchored before it ended")


def check_inclusion(run: Run) -> None:
    count = run.statement["captures"]
    for capture, leaf in zip((run.first, run.last), run.leaves):
        siblings = [int(sibling, 16) for sibling in capture["siblings"]]
        if climb(leaf, capture["sequence"], count, siblings) != run.captures_root:
            raise Rejection(
                "CAPTURE_NOT_INCLUDED", f"capture {capture['sequence']} does not lie under the root of run {run.number}"
            )


def check_capture_signatures(run: Run, subject: Subject) -> None:
    for capture, leaf in zip((run.first, run.last), run.leaves):
        if not subject.key.verify(capture_message(run.number, leaf), unhex(capture["signature"])):
            raise Rejection(
                "CAPTURE_SIGNATURE_INVALID",
                f"the device did not sign capture {capture['sequence']} of run {run.number}",
            )


def check_root(run: Run) -> None:
    """Statement and captures hash to the root that the device submitted for this very run."""
    index = run.number - int(run.submission["firstRun"])
    roots = run.submission["roots"]
    submitted = int(roots[index], 16) if 0 <= index < len(roots) else None
    if submitted == 0:
        raise Rejection("RUN_VOID", f"run {run.number} was submitted as void")
    if submitted != run.root:
        raise Rejection("ROOT_NOT_SUBMITTED", f"the root of run {run.number} is not the one that was submitted for it")


def check_submission_signature(run: Run, subject: Subject) -> None:
    """The device signed the submission, and in it a minute that was not over before the run ended."""
    device = run.submission["device"]
    named = (device["scheme"], unhex(device["key"]))
    message = submission_message(run.submission, subject.key.id)
    signature = unhex(run.submission["signature"])
    if named != (subject.key.scheme, subject.key.key) or not subject.key.verify(message, signature):
        raise Rejection("SUBMISSION_SIGNATURE_INVALID", f"the device did not sign the submission of run {run.number}")
    if run.submission["through"] * 1000 < run.statement["endTimeMs"]:
        raise Rejection("THROUGH_BEFORE_END", f"run {run.number} ended after the minute that its submission tells")


def submission_message(submission: dict, device: bytes) -> bytes:
    """The 32 bytes that the device signs (section 5); the roots are the one field of dynamic length."""
    roots = [unhex(root) for root in submission["roots"]]
    numbers = (
        submission["chainId"],
        int(submission["registry"], 16),
        int.from_bytes(device, "big"),
        int(submission["firstRun"]),
    )
    words = [*map(_word, numbers), _word(7 * 32), _word(submission["through"]), _word(len(roots)), *roots]
    return keccak256(keccak256(b"wattest.submission.v1") + b"".join(words))


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")
