"""Keccak-256 as Ethereum uses it: the original padding, not that of SHA-3."""

from Cryptodome.Hash import keccak


def keccak256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()
