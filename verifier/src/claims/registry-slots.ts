import { bigIntToBytes, bytesToBigInt, check, type Hex, toHex } from "@wattest/protocol"
import { mappingSlot, type ProvenStorage } from "../chain/state.ts"

// Where the registry keeps its mappings (docs/contracts.md).
const DEVICES = 1n
const LEDGERS = 3n
const MEMBERS = 4n
const CHECKPOINTS = 5n

const word = (value: bigint) => bigIntToBytes(value, 32)

/** Slot of a ledger's counters: length u64, checkpoint count u64, device count u64, least `since` u64, low bits first. */
export function ledgerSlot(ledger: Hex): Hex {
  return toHex(mappingSlot(word(LEDGERS), ledger))
}

/** Slot of the id of a ledger's device, counted from 0 in the order of enrolment. */
export function memberSlot(ledger: Hex, index: bigint): Hex {
  return toHex(mappingSlot(mappingSlot(word(MEMBERS), ledger), toHex(word(index))))
}

const after = (slot: Uint8Array): Hex => toHex(word((bytesToBigInt(slot) + 1n) % (1n << 256n)))

/**
 * Slots of a device: voucher (160 bits), next run u48, index of its last submission's checkpoint u40, scheme u8; then
 * table (160 bits), last run u64, which is all ones until it retires. Low bits first.
 */
export function deviceSlots(device: Hex): readonly [state: Hex, end: Hex] {
  const slot = mappingSlot(word(DEVICES), device)
  return [toHex(slot), after(slot)]
}

/**
 * Slots of a checkpoint: its head; then length u48, time u40, and of the device that made it: first run u48, number of
 * its submission u40, and the indexes of the submission before u40 and of the one with its lowest one bit cleared u40.
 */
export function checkpointSlots(ledger: Hex, index: bigint): readonly [head: Hex, marks: Hex] {
  const slot = mappingSlot(mappingSlot(word(CHECKPOINTS), ledger), toHex(word(index)))
  return [toHex(slot), after(slot)]
}

/** A slot's value; 0 where the proof shows that nothing is stored. Throws STATE_PROOF_INVALID where it shows neither. */
export function readSlot({ slots }: ProvenStorage, key: Hex): bigint {
  const value = slots.get(key)
  check(value !== undefined, "STATE_PROOF_INVALID", `slot ${key} is not in the proof`)
  return value
}
