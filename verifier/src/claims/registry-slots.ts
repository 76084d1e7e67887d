import { bigIntToBytes, bytesToBigInt, check, type Hex, toHex } from "@wattest/protocol"
import { mappingSlot, type ProvenStorage } from "../chain/state.ts"

// Where the registry keeps its mappings of ledgers and checkpoints (docs/contracts.md).
const LEDGERS = 3n
const CHECKPOINTS = 5n

const word = (value: bigint) => bigIntToBytes(value, 32)

/** Slot of a ledger's counters: length u64, checkpoint count u64, device count u64, least `since` u64, low bits first. */
export function ledgerSlot(ledger: Hex): Hex {
  return toHex(mappingSlot(word(LEDGERS), ledger))
}

/** Slots of a checkpoint: its head; then length u48 and time u40, low bits first, with fields that claims do not need. */
export function checkpointSlots(ledger: Hex, index: bigint): readonly [head: Hex, marks: Hex] {
  const slot = mappingSlot(mappingSlot(word(CHECKPOINTS), ledger), toHex(word(index)))
  return [toHex(slot), toHex(word((bytesToBigInt(slot) + 1n) % (1n << 256n)))]
}

/** A slot's value; 0 where the proof shows that nothing is stored. Throws STATE_PROOF_INVALID where it shows neither. */
export function readSlot({ slots }: ProvenStorage, key: Hex): bigint {
  const value = slots.get(key)
  check(value !== undefined, "STATE_PROOF_INVALID", `slot ${key} is not in the proof`)
  return value
}
