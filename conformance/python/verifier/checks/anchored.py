"""From the registry's events and storage to a trusted block (sections 5 and 7)."""

from collections.abc import Callable
from typing import Any

from ..chain.block import Header, Log, parse_header, prove_log
from ..chain.events import REVISED, VOUCHED, Anchored, Word, read_anchored, read_enrolled, read_word
from ..chain.storage import prove_slots, read_vouch, vouch_slot
from ..crypto.keccak import keccak256
from ..format.words import BOUNDARIES, unhex
from ..verdict import Rejection, Undetermined
from .subject import Run, Subject

Json = dict[str, Any]
Place = tuple[int, int, int]
"""Block, transaction and log: the order of events on a chain."""


def check_anchor_proof(run: Run, subject: Subject) -> None:
    """The registry's event with this run's root, ledger, position and head lies under the block header."""
    if run.proof is None:
        raise Undetermined("PROOF_ABSENT", f"the certificate holds no anchor proof of run {run.number}")
    anchor = run.anchor
    event, header = _read_anchor(run, run.proof["anchored"])
    if (event.device, event.run) != (subject.key.id, run.number):
        raise Rejection("ANCHOR_MISMATCH", f"the event is not of run {run.number} of this device")
    if event.root != run.root:
        code = "RUN_VOID" if event.root == 0 else "ROOT_NOT_ANCHORED"
        raise Rejection(code, f"another root is anchored for run {run.number}")
    claimed = (
        int(anchor["blockNumber"]),
        anchor["anchoredAt"],
        anchor["transactionIndex"],
        int(anchor["position"]),
        anchor["head"],
    )
    found = (header.number, header.timestamp, run.proof["anchored"]["index"], event.position, "0x" + event.head.hex())
    if claimed != found or event.ledger != _ledger(anchor):
        raise Rejection("ANCHOR_MISMATCH", f"the anchor of run {run.number} is not as the chain has it")
    if event.through * 1000 < run.statement["endTimeMs"]:
        raise Rejection(
            "THROUGH_BEFORE_END", f"run {run.number} ended after the minute of the submission that anchored it"
        )


def _read_anchor(run: Run, receipt: Json) -> tuple[Anchored, Header]:
    try:
        log = _log(run.anchor_header, receipt, run.anchor["logIndex"])
        return read_anchored(log, unhex(run.anchor["registry"])), run.anchor_header
    except ValueError as error:
        raise Rejection("ANCHOR_PROOF_INVALID", f"run {run.number}: {error}") from error


def _ledger(anchor: Json) -> bytes:
    return keccak256(unhex(anchor["operator"]).rjust(32, b"\0") + unhex(anchor["voucher"]).rjust(32, b"\0"))


def check_block_trusted(run: Run, subject: Subject) -> None:
    assert run.proof is not None
    subject.blocks.check(run.anchor_header, run.proof.get("checkpoint"))


def check_enrolment(run: Run, subject: Subject) -> None:
    """The registry's event enrols this key in this ledger, at the boundary of the run."""
    event = _prove_event(run, subject, run.log_of("enrolled"), read_enrolled)
    anchor, key = run.anchor, subject.key
    enrolled = (event.device, event.operator, event.voucher, event.scheme, event.key)
    if enrolled != (
        key.id,
        unhex(anchor["operator"]),
        unhex(anchor["voucher"]),
        key.scheme,
        key.key,
    ):
        raise Rejection("ENROLMENT_MISMATCH", f"the device of run {run.number} is not enrolled as the document says")
    if event.boundary != BOUNDARIES.index(run.statement["boundary"]):
        raise Rejection(
            "BOUNDARY_MISMATCH", f"run {run.number} was metered at another boundary than the device is enrolled for"
        )


def check_vouch(run: Run, subject: Subject) -> None:
    """The voucher's word for this device and operator, and by vouch or revision for the document that the run names."""
    word = _prove_word(run, subject, run.log_of("vouched"), VOUCHED)
    if run.context["vouchDocument"] in (None, "0x" + word.evidence.hex()):
        return
    revisions = run.log_of("revised") or [None]
    words = [_prove_word(run, subject, revision, REVISED) for revision in revisions]
    if run.context["vouchDocument"] not in ["0x" + word.evidence.hex() for word in words]:
        raise Rejection("VOUCH_DOCUMENT_MISMATCH", f"the chain names another vouch document than run {run.number}")


def _prove_word(run: Run, subject: Subject, proof: Json | None, kind: bytes) -> Word:
    word = _prove_event(run, subject, proof, lambda log, registry: read_word(log, registry, kind))
    said = (word.device, word.operator, word.voucher)
    if said != (subject.key.id, unhex(run.anchor["operator"]), unhex(run.anchor["voucher"])):
        raise Rejection("VOUCH_MISSING", f"the voucher gave no word for the device and operator of run {run.number}")
    return word


def vouched_at(run: Run) -> int | None:
    """Unix seconds of the vouch that the certificate shows; asked for once `vouch` held."""
    if run.proof is None or "vouched" not in run.proof:
        return None
    return parse_header(unhex(run.proof["vouched"]["receipt"]["header"])).timestamp


def _prove_event(run: Run, subject: Subject, proof: Json | None, read: Callable[[Log, bytes], Any]) -> Any:
    """An event from before the anchor, in a block that is trusted."""
    if proof is None:
        detail = f"the certificate does not show enrolment, vouch or revision of run {run.number}'s device"
        raise Undetermined("PROOF_ABSENT", detail)
    try:
        header = parse_header(unhex(proof["receipt"]["header"]))
        event = read(_log(header, proof["receipt"], proof["logIndex"]), unhex(run.anchor["registry"]))
    except ValueError as error:
        raise Rejection("ANCHOR_PROOF_INVALID", f"run {run.number}: {error}") from error
    place: Place = (header.number, proof["receipt"]["index"], proof["logIndex"])
    if place >= _anchor_place(run):
        raise Rejection("ANCHOR_PROOF_INVALID", f"a log that is shown with run {run.number} is from after its anchor")
    subject.blocks.check(header, proof.get("checkpoint"))
    return event


def _log(header: Header, receipt: Json, log_index: int) -> Log:
    return prove_log(header, receipt["index"], [unhex(node) for node in receipt["nodes"]], log_index)


def _anchor_place(run: Run) -> Place:
    return int(run.anchor["blockNumber"]), run.anchor["transactionIndex"], run.anchor["logIndex"]


def check_not_withdrawn(run: Run, subject: Subject) -> None:
    """As of a block not before the anchor the voucher had not withdrawn its word from a time before the anchor."""
    state = None if run.proof is None else run.proof.get("state")
    if state is None:
        raise Undetermined("PROOF_ABSENT", f"the certificate holds no storage proof of the vouch of run {run.number}")
    key = vouch_slot(unhex(run.anchor["voucher"]), subject.key.id)
    try:
        header = parse_header(unhex(state["header"]))
        account = [unhex(node) for node in state["account"]]
        (word,) = prove_slots(header, unhex(run.anchor["registry"]), account, state["slots"], [key])
        if header.number < int(run.anchor["blockNumber"]):
            raise ValueError("the storage proof is of a block before the anchor")
    except ValueError as error:
        raise Rejection("STATE_PROOF_INVALID", f"run {run.number}: {error}") from error
    vouch = read_vouch(word)
    subject.blocks.check(header)
    if vouch.operator != unhex(run.anchor["operator"]):
        raise Rejection("VOUCH_MISSING", f"the voucher has not vouched for the device of run {run.number}")
    if vouch.since <= run.anchor["anchoredAt"]:
        raise Rejection("VOUCH_WITHDRAWN", f"the voucher withdrew its word before run {run.number} was anchored")
    as_of = subject.policy.get("vouchesAsOf")
    if as_of is not None and header.timestamp < as_of:
        raise Undetermined(
            "STATE_TOO_OLD", f"the proof that the vouch of run {run.number} holds is older than the policy asks"
        )
