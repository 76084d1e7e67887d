"""Events of the registry (section 5)."""

from dataclasses import dataclass

from ..crypto.keccak import keccak256
from .block import Log

ANCHORED = keccak256(b"Anchored(bytes32,bytes32,uint64,bytes32,uint64,bytes32,uint64)")
VOUCHED = keccak256(b"Vouched(bytes32,address,address,bytes32)")
REVISED = keccak256(b"Revised(bytes32,address,address,bytes32)")
ENROLLED = keccak256(b"Enrolled(bytes32,address,address,uint8,bytes,uint8,bytes32)")


@dataclass(frozen=True)
class Anchored:
    ledger: bytes
    device: bytes
    run: int
    root: int
    position: int
    head: bytes
    through: int
    """Unix seconds."""


@dataclass(frozen=True)
class Word:
    """A vouch or a revision: the voucher's word that a document is in force for a device of an operator."""

    device: bytes
    voucher: bytes
    operator: bytes
    evidence: bytes


@dataclass(frozen=True)
class Enrolled:
    device: bytes
    operator: bytes
    voucher: bytes
    scheme: int
    key: bytes
    boundary: int
    evidence: bytes


def read_anchored(log: Log, registry: bytes) -> Anchored:
    topics, words = _read(log, registry, ANCHORED, 4)
    root, position, head, through = words
    return Anchored(topics[0], topics[1], _number(topics[2]), _number(root), _number(position), head, _number(through))


def read_word(log: Log, registry: bytes, kind: bytes) -> Word:
    """`kind` is VOUCHED or REVISED."""
    (device, voucher, operator), (evidence,) = _read(log, registry, kind, 1)
    return Word(device, voucher[12:], operator[12:], evidence)


def read_enrolled(log: Log, registry: bytes) -> Enrolled:
    (device, operator, voucher), words = _read(log, registry, ENROLLED, None)
    scheme, offset, boundary, evidence, length = words[:5]
    key = b"".join(words[5:])
    if _number(offset) != 128 or len(key) != -(-_number(length) // 32) * 32:
        raise ValueError("the event's data is not laid out as its declaration says")
    return Enrolled(
        device, operator[12:], voucher[12:], _number(scheme), key[: _number(length)], _number(boundary), evidence
    )


def _read(log: Log, registry: bytes, kind: bytes, words: int | None) -> tuple[list[bytes], list[bytes]]:
    """Topics after the first, and words of data. Raises ValueError where another contract spoke, or of others."""
    if log.address != registry:
        raise ValueError("another contract emitted the event")
    if len(log.topics) != 4 or log.topics[0] != kind:
        raise ValueError("the event is another one")
    data = [log.data[at : at + 32] for at in range(0, len(log.data), 32)]
    if len(log.data) % 32 or (len(data) < 5 if words is None else len(data) != words):
        raise ValueError("the event's data has another length")
    return log.topics[1:], data


def _number(word: bytes) -> int:
    return int.from_bytes(word, "big")
