"""Which blocks a verifier believes without a network (docs/verifying.md, "From the trusted block to the capture")."""

from collections.abc import Sequence
from typing import Any

from ..crypto.keccak import keccak256
from ..format.words import unhex
from ..verdict import Rejection, Undetermined
from .block import Header, parse_header
from .storage import mapping_slot, prove_slots

Json = dict[str, Any]

HEADER_BLOCKS_SLOT = 5
"""Polygon's RootChain keeps `headerBlocks` here: root, start and end are the first three words of an entry."""


class Blocks:
    """The blocks of one chain that the policy lists, and those under a checkpoint in a listed block of its parent."""

    def __init__(self, policy: Json, chain_id: int) -> None:
        self._policy = policy
        entries = [chain for chain in policy["chains"] if chain["chainId"] == chain_id]
        self._chain: Json = entries[0] if entries else {"trustedBlocks": [], "rpcs": [], "checkpoints": None}
        self._listed = {int(block["number"]): block for block in self._chain["trustedBlocks"]}

    def check(self, header: Header, checkpoint: Json | None = None) -> None:
        """Raises Rejection BLOCK_NOT_TRUSTED or CHECKPOINT_PROOF_INVALID, Undetermined where nobody knows the block."""
        # A wrong checkpoint is refused even where the policy lists the block.
        parent = None if checkpoint is None else self._prove_checkpoint(header, checkpoint)
        if header.number in self._listed:
            if unhex(self._listed[header.number]["hash"]) != header.hash:
                raise Rejection("BLOCK_NOT_TRUSTED", f"the policy lists another block {header.number}")
        elif parent is not None:
            Blocks(self._policy, self._chain["checkpoints"]["chainId"]).check(parent)
        else:
            raise self.unknown(header.number)

    def listed(self, number: int) -> Json | None:
        """What the policy lists of the block of this number: hash, and perhaps its time."""
        return self._listed.get(number)

    def unknown(self, number: int) -> Undetermined:
        """What is to be said of a block that the policy does not list."""
        if self._chain["rpcs"]:
            return Undetermined("CHAIN_UNAVAILABLE", f"no node was asked for block {number}")
        return Undetermined("TRUST_ROOT_MISSING", f"the policy gives neither block {number} nor a node to ask for it")

    def _prove_checkpoint(self, header: Header, checkpoint: Json) -> Header | None:
        """The parent chain's block that holds the checkpoint; None where the policy names no parent chain."""
        parent = self._chain["checkpoints"]
        if parent is None:
            return None
        try:
            state = parse_header(unhex(checkpoint["state"]["header"]))
            root, start, end = _header_block(state, unhex(parent["rootChain"].lower()), checkpoint)
            below = _climb(header, start, end, [unhex(sibling) for sibling in checkpoint["siblings"]])
        except ValueError as error:
            raise Rejection("CHECKPOINT_PROOF_INVALID", str(error)) from error
        if below != root:
            raise Rejection("CHECKPOINT_PROOF_INVALID", "the block does not lie under the checkpoint")
        return state


def _header_block(state: Header, root_chain: bytes, checkpoint: Json) -> tuple[bytes, int, int]:
    number = int(checkpoint["headerBlock"]).to_bytes(32, "big")
    base = int.from_bytes(mapping_slot(number, HEADER_BLOCKS_SLOT.to_bytes(32, "big")), "big")
    keys = [((base + word) % 2**256).to_bytes(32, "big") for word in range(3)]
    account = [unhex(node) for node in checkpoint["state"]["account"]]
    root, start, end = prove_slots(state, root_chain, account, checkpoint["state"]["slots"], keys)
    if (start, end) != (int(checkpoint["firstBlock"]), int(checkpoint["lastBlock"])):
        raise ValueError("the checkpoint is of other blocks")
    return root.to_bytes(32, "big"), start, end


def _climb(header: Header, start: int, end: int, siblings: Sequence[bytes]) -> bytes:
    """Up a tree of keccak256 whose width is the next power of two: blocks that are lacking are 32 zero bytes."""
    if not start <= header.number <= end or len(siblings) != (end - start).bit_length():
        raise ValueError("the checkpoint's path is that of another block")
    numbers = header.number.to_bytes(32, "big") + header.timestamp.to_bytes(32, "big")
    node, index = keccak256(numbers + header.transactions_root + header.receipts_root), header.number - start
    for sibling in siblings:
        node = keccak256(sibling + node if index & 1 else node + sibling)
        index >>= 1
    return node
