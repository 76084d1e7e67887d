import { keccak_256 } from "@noble/hashes/sha3.js"
import { bigIntToBytes, bytesToBigInt, concatBytes, fromHex, type Hex, toHex } from "../encoding/bytes.ts"

// Where the registry keeps its mappings (docs/contracts.md).
const VOUCHES = 0n
const DEVICES = 1n
const LEDGERS = 3n
const MEMBERS = 4n
const CHECKPOINTS = 5n

const ADDRESS_BITS = 160n
const NEVER = (1n << 64n) - 1n

const word = (value: bigint) => bigIntToBytes(value, 32)

/** The slot of a mapping's value: keccak256(key ‖ slot of the mapping), both as words. */
export function mappingSlot(slot: Uint8Array, key: Hex): Uint8Array {
  return keccak_256(concatBytes(word(bytesToBigInt(fromHex(key))), slot))
}

const after = (slot: Uint8Array): Hex => toHex(word((bytesToBigInt(slot) + 1n) % (1n << 256n)))

/** Slots of a voucher's word on a device: operator (160 bits), since u64, low bits first; then the digest of its evidence. */
export function vouchSlots(device: Hex, voucher: Hex): readonly [vouch: Hex, evidence: Hex] {
  const slot = mappingSlot(mappingSlot(word(VOUCHES), device), voucher)
  return [toHex(slot), after(slot)]
}

export type VouchState = {
  readonly operator: Hex
  /** Unix seconds from which the vouch does not hold; null: it holds. */
  readonly since: bigint | null
}

/** What the first slot of a vouch says. */
export function unpackVouch(value: bigint): VouchState {
  const since = value >> ADDRESS_BITS
  const operator = toHex(bigIntToBytes(value & ((1n << ADDRESS_BITS) - 1n), 20))
  return { operator, since: since === NEVER ? null : since }
}

/** Slot of a ledger's counters: length u64, checkpoint count u64, device count u64, least `since` u64, low bits first. */
export function ledgerSlot(ledger: Hex): Hex {
  return toHex(mappingSlot(word(LEDGERS), ledger))
}

/** Slot of the id of a ledger's device, counted from 0 in the order of enrolment. */
export function memberSlot(ledger: Hex, index: bigint): Hex {
  return toHex(mappingSlot(mappingSlot(word(MEMBERS), ledger), toHex(word(index))))
}

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
