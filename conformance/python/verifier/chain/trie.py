"""Merkle-Patricia proofs: from a root to the value of a key, or to its absence."""

from collections.abc import Sequence

from ..crypto.keccak import keccak256
from . import rlp


def prove(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes | None:
    """The value under the key, None where the proof shows that there is none.

    Raises ValueError where the nodes do not lead there, or where there is one more than leads there.
    """
    walk = _Walk(nodes)
    value = walk.follow(root, [nibble for byte in key for nibble in (byte >> 4, byte & 15)])
    if walk.unused():
        raise ValueError("the proof holds a node that leads nowhere")
    return value


class _Walk:
    def __init__(self, nodes: Sequence[bytes]) -> None:
        self._nodes = list(nodes)

    def unused(self) -> bool:
        return bool(self._nodes)

    def follow(self, reference: rlp.Item, path: list[int]) -> bytes | None:
        while reference != b"":
            node = self._open(reference)
            if len(node) == 17:
                if not path:
                    return rlp.as_bytes(node[16]) or None
                reference, path = node[path[0]], path[1:]
                continue
            prefix, is_leaf = _compact(rlp.as_bytes(node[0]))
            if path[: len(prefix)] != prefix or (is_leaf and len(path) != len(prefix)):
                return None
            if is_leaf:
                return rlp.as_bytes(node[1])
            reference, path = node[1], path[len(prefix) :]
        return None

    def _open(self, reference: rlp.Item) -> list[rlp.Item]:
        """A node stands in its parent where it is shorter than its digest, else in the proof."""
        if isinstance(reference, list):
            return rlp.as_list(reference, (2, 17))
        if not self._nodes or keccak256(self._nodes[0]) != reference:
            raise ValueError("a node of the proof is not the one that its parent names")
        return rlp.as_list(rlp.decode(self._nodes.pop(0)), (2, 17))


def _compact(data: bytes) -> tuple[list[int], bool]:
    nibbles = [nibble for byte in data for nibble in (byte >> 4, byte & 15)]
    if not nibbles or nibbles[0] > 3 or (nibbles[0] % 2 == 0 and nibbles[1] != 0):
        raise ValueError("a path in the proof is malformed")
    return nibbles[1 if nibbles[0] % 2 else 2 :], nibbles[0] >= 2
