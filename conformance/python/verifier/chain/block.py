"""Block headers, receipts and logs (section 7, "anchor proof")."""

from dataclasses import dataclass

from ..crypto.keccak import keccak256
from . import rlp
from .trie import prove

HEADER_LENGTHS = (15, 16, 17, 20, 21)
"""Numbers of fields that hard forks gave headers: Frontier, London, Shanghai, Cancun, Prague."""
RECEIPT_TYPES = (1, 2, 3, 4, 0x7F)
"""Typed receipts; one of type 0 has no type byte. 0x7f is Polygon's state-sync transaction."""


@dataclass(frozen=True)
class Header:
    hash: bytes
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes
    number: int
    timestamp: int


@dataclass(frozen=True)
class Log:
    address: bytes
    topics: list[bytes]
    data: bytes


def parse_header(encoded: bytes) -> Header:
    """Raises ValueError where the bytes are no header of any hard fork."""
    fields = rlp.as_list(rlp.decode(encoded), HEADER_LENGTHS)
    state, transactions, receipts = roots = [rlp.as_bytes(fields[index]) for index in (3, 4, 5)]
    if any(len(root) != 32 for root in roots):
        raise ValueError("a root in the header has not 32 bytes")
    number, timestamp = rlp.decode_integer(fields[8]), rlp.decode_integer(fields[11])
    return Header(keccak256(encoded), state, transactions, receipts, number, timestamp)


def prove_log(header: Header, index: int, nodes: list[bytes], log_index: int) -> Log:
    """Log number `log_index` of the receipt of transaction `index`. Raises ValueError where it is not proved."""
    receipt = prove(header.receipts_root, rlp.encode_integer(index), nodes)
    if receipt is None:
        raise ValueError("the block has no such transaction")
    logs = _logs(receipt)
    if log_index >= len(logs):
        raise ValueError("the receipt has no such log")
    address, topics, data = rlp.as_list(logs[log_index], (3,))
    return Log(rlp.as_bytes(address), [rlp.as_bytes(topic) for topic in rlp.as_list(topics)], rlp.as_bytes(data))


def _logs(receipt: bytes) -> list[rlp.Item]:
    typed = receipt[:1] < b"\xc0"
    if typed and (not receipt or receipt[0] not in RECEIPT_TYPES):
        raise ValueError("the receipt is of an unknown type")
    status, _gas, _bloom, logs = rlp.as_list(rlp.decode(receipt[1:] if typed else receipt), (4,))
    if status != b"\1":
        raise ValueError("the transaction failed")
    return rlp.as_list(logs)
