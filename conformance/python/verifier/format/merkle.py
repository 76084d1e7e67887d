"""LeanIMT over the leaves in order (section 4): a node without a right sibling rises unchanged."""

from collections.abc import Iterable, Sequence

from ..crypto.poseidon import poseidon


def tree_root(leaves: Sequence[int]) -> int:
    """The captures' root of one leaf or more."""
    level = list(leaves)
    while len(level) > 1:
        pairs = [poseidon(level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def climb(leaf: int, index: int, size: int, siblings: Iterable[int]) -> int | None:
    """The root above a leaf, or None where its place in a tree of this size needs more or fewer siblings."""
    rest = iter(siblings)
    node = leaf
    while size > 1:
        if index % 2 == 1 or index + 1 < size:
            sibling = next(rest, None)
            if sibling is None:
                return None
            node = poseidon([sibling, node] if index % 2 == 1 else [node, sibling])
        index, size = index // 2, (size + 1) // 2
    return node if next(rest, None) is None else None


class Frontier:
    """The root of leaves that come one by one: keeps one node a level."""

    def __init__(self) -> None:
        self._levels: list[int | None] = []

    def add(self, node: int) -> None:
        for level, waiting in enumerate(self._levels):
            if waiting is None:
                self._levels[level] = node
                return
            self._levels[level], node = None, poseidon([waiting, node])
        self._levels.append(node)

    def root(self) -> int | None:
        """None of no leaf."""
        node: int | None = None
        for waiting in self._levels:
            if waiting is not None:
                node = waiting if node is None else poseidon([waiting, node])
        return node
