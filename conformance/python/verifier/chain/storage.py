"""Storage proofs (EIP-1186), and the slots that certificates need (docs/contracts.md, "Storage layout")."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..crypto.keccak import keccak256
from . import rlp
from .block import Header
from .trie import prove

VOUCH_HOLDS = 2**64 - 1
"""`since` of a vouch that was not withdrawn."""


@dataclass(frozen=True)
class Vouch:
    operator: bytes
    since: int
    """Unix seconds from which the vouch does not hold."""


def vouch_slot(voucher: bytes, device: bytes) -> bytes:
    """k(voucher, k(device, 0))."""
    return mapping_slot(voucher.rjust(32, b"\0"), mapping_slot(device, bytes(32)))


def mapping_slot(key: bytes, slot: bytes) -> bytes:
    """k(key, slot) = keccak256(abi.encode(key, slot))."""
    return keccak256(key + slot)


def read_vouch(word: int) -> Vouch:
    """Word 0 of a vouch: operator 160 bits, since 64, suspicion 32."""
    return Vouch((word & (1 << 160) - 1).to_bytes(20, "big"), word >> 160 & (1 << 64) - 1)


def prove_slots(
    header: Header, contract: bytes, account: Sequence[bytes], slots: list[dict], keys: Sequence[bytes]
) -> list[int]:
    """The words under exactly these keys, in this order. Raises ValueError where they are not proved."""
    record = prove(header.state_root, keccak256(contract), account)
    if record is None:
        raise ValueError("the block has no such contract")
    root = rlp.as_bytes(rlp.as_list(rlp.decode(record), (4,))[2])
    if [slot["key"] for slot in slots] != ["0x" + key.hex() for key in keys]:
        raise ValueError("the proof is not of exactly the slots that are needed, in their order")
    return [_prove_word(root, slot) for slot in slots]


def _prove_word(root: bytes, slot: dict) -> int:
    value = prove(root, keccak256(bytes.fromhex(slot["key"][2:])), [bytes.fromhex(node[2:]) for node in slot["nodes"]])
    return 0 if value is None else rlp.decode_integer(rlp.decode(value))
