import { keccak_256 } from "@noble/hashes/sha3.js"
import { bigIntToBytes, bytesToBigInt, concatBytes, fromHex, type Hex, toHex } from "../encoding/bytes.ts"

// Where the registry keeps its mappings (docs/contracts.md).
const VOUCHES = 0n
const DEVICES = 1n
const LEDGERS = 3n
const MEMBERS = 4n
const CHECKPOINTS = 5n
const SUSPICIONS = 6n

/** `since` of a vouch that holds. */
const NEVER = (1n << 64n) - 1n
/** `runs` of a device that is not retired. */
const UNLIMITED = (1n << 40n) - 1n
const MINUTE = 60n

/** A number as 32 bytes. */
export const word = (value: bigint) => bigIntToBytes(value, 32)

/** The slot of a mapping's value: keccak256(key ‖ slot of the mapping), both as words. */
export function mappingSlot(slot: Uint8Array, key: Hex): Uint8Array {
  return keccak_256(concatBytes(word(bytesToBigInt(fromHex(key))), slot))
}

const after = (slot: Uint8Array, words = 1n): Hex => toHex(word((bytesToBigInt(slot) + words) % (1n << 256n)))

/** Fields of a word from its lowest bit, of these widths. */
export function fieldsOf<const W extends readonly number[]>(
  value: bigint,
  widths: W,
): { readonly [K in keyof W]: bigint } {
  let rest = value
  return widths.map((width) => {
    const field = BigInt.asUintN(width, rest)
    rest >>= BigInt(width)
    return field
  }) as { readonly [K in keyof W]: bigint }
}

/** Slots of a voucher's word on a device: operator and time, see {@link unpackVouch}; then the digest of its vouch document. */
export function vouchSlots(device: Hex, voucher: Hex): readonly [vouch: Hex, evidence: Hex] {
  const slot = mappingSlot(mappingSlot(word(VOUCHES), device), voucher)
  return [toHex(slot), after(slot)]
}

export type VouchState = {
  readonly operator: Hex
  /** Unix seconds from which the vouch does not hold; null: it holds. */
  readonly since: bigint | null
}

/** What the first slot of a vouch says: operator (160 bits), since u64, suspicion u32. */
export function unpackVouch(value: bigint): VouchState {
  const [operator, since] = fieldsOf(value, [160, 64])
  return { operator: toHex(bigIntToBytes(operator, 20)), since: since === NEVER ? null : since }
}

/** Slot of a ledger's counters, see {@link unpackLedger}. */
export function ledgerSlot(ledger: Hex): Hex {
  return toHex(mappingSlot(word(LEDGERS), ledger))
}

/** How many runs, checkpoints, enrolled and vouched devices, and suspicions a ledger has: 40 bits each. */
export function unpackLedger(value: bigint) {
  const [length, checkpoints, devices, vouched, suspicions] = fieldsOf(value, [40, 40, 40, 40, 40])
  return { length, checkpoints, devices, vouched, suspicions }
}

/** Slot of the id of a ledger's device, counted from 0 in the order of enrolment. */
export function memberSlot(ledger: Hex, index: bigint): Hex {
  return toHex(mappingSlot(mappingSlot(word(MEMBERS), ledger), toHex(word(index))))
}

/** Slots of a device: its ledger; where it stands, see {@link unpackDevice}; its service, see {@link unpackService}. */
export function deviceSlots(device: Hex): readonly [ledger: Hex, state: Hex, service: Hex] {
  const slot = mappingSlot(word(DEVICES), device)
  return [toHex(slot), after(slot), after(slot, 2n)]
}

/** Table (160 bits), next run u40, index of its last submission's checkpoint u40, scheme u8, ended u8. */
export function unpackDevice(value: bigint): { readonly nextRun: bigint; readonly latest: bigint } {
  const [, nextRun, latest] = fieldsOf(value, [160, 40, 40])
  return { nextRun, latest }
}

/** What a device is expected to meter. Times are Unix seconds. */
export type Service = {
  /** Its number in the protocol, see {@link boundaryNumber}. */
  readonly boundary: number
  readonly enrolledAt: number
  /** Number of its runs in all; null: it did not retire. */
  readonly runs: bigint | null
  /** Block time of its retirement; 0: none. */
  readonly retiredAt: number
}

/** Runs in all u40, enrolled at u40, retired at u40, boundary u8. */
export function unpackService(value: bigint): Service {
  const [runs, enrolledAt, retiredAt, boundary] = fieldsOf(value, [40, 40, 40, 8])
  return {
    ...{ boundary: Number(boundary), enrolledAt: Number(enrolledAt), retiredAt: Number(retiredAt) },
    runs: runs === UNLIMITED ? null : runs,
  }
}

/** Slots of a checkpoint: its head; then the submission that made it, see {@link unpackCheckpoint}. */
export function checkpointSlots(ledger: Hex, index: bigint): readonly [head: Hex, submission: Hex] {
  const slot = mappingSlot(mappingSlot(word(CHECKPOINTS), ledger), toHex(word(index)))
  return [toHex(slot), after(slot)]
}

/** A ledger's length and time after a submission, and of the device that made it what leads to its other ones. */
export type CheckpointState = {
  readonly length: bigint
  /** Block time, Unix seconds. */
  readonly time: number
  /** Up to which the device's books are told, Unix seconds. */
  readonly through: number
  readonly firstRun: bigint
  /** Of the submission among the device's, from 1. */
  readonly number: bigint
  /** Indexes of the device's submission before, and of number {@link farNumber}. */
  readonly previous: bigint
  readonly jump: bigint
}

/** Length u40, time u40, through u32 in minutes, first run u32, number u32, previous u40, jump u40. */
export function unpackCheckpoint(value: bigint): CheckpointState {
  const [length, time, minutes, firstRun, number, previous, jump] = fieldsOf(value, [40, 40, 32, 32, 32, 40, 40])
  const through = Number(minutes * MINUTE)
  return { length, time: Number(time), through, firstRun, number, previous, jump }
}

/** The number far back that a device's submission `number` points at; 0 for none. */
export function farNumber(number: bigint): bigint {
  if (number % 8n !== 0n) return number - (number % 8n)
  // The last term of number / 8 as a sum of numbers 2^k - 1, each the largest that fits in what is left.
  let weight = (1n << 32n) - 1n
  for (let rest = number / 8n; rest > 0n; rest -= weight) while (weight > rest) weight >>= 1n
  return number - 8n * weight
}

/** Slot of a ledger's suspicion, counted from 0 in the order of withdrawals. */
export function suspicionSlot(ledger: Hex, index: bigint): Hex {
  return toHex(mappingSlot(mappingSlot(word(SUSPICIONS), ledger), toHex(word(index))))
}

/** Every run that a withdrawal made invalid was anchored from `since` to `until`, both included, Unix seconds. */
export type Suspicion = { readonly since: bigint; readonly until: bigint }

export function unpackSuspicion(value: bigint): Suspicion {
  const [since, until] = fieldsOf(value, [64, 64])
  return { since, until }
}
