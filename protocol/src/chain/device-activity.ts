import { bigIntToBytes, type Hex, toHex } from "../encoding/bytes.ts"
import { checkpointSlots, deviceSlots, ledgerSlot, memberSlot } from "./registry-storage.ts"

const U64 = (1n << 64n) - 1n
const U48 = (1n << 48n) - 1n
const U40 = (1n << 40n) - 1n

/**
 * More steps than any honest walk takes. A submission's number has 40 bits: a step clears one of them, and from a power
 * of two it goes to the number before it, which has a bit less: 40 + 39 + … + 1.
 */
const MAX_STEPS = 820

/** The registry's storage as far as it is known: null for a slot of which nothing is. */
export type StorageRead = (slot: Hex) => bigint | null

/** When a ledger's device last anchored a run before some time. */
export type DeviceActivity = {
  readonly device: Hex
  /** Block time of that anchor, Unix seconds; null where there is none. */
  readonly lastAnchoredAt: number | null
  /** The last run of a device that has retired. */
  readonly retiredAfter: bigint | null
}

/** A checkpoint by its index in the ledger: what it says of the device that made it. Null where it is not known. */
type Marks = { readonly time: number; readonly number: bigint; readonly previous: bigint; readonly jump: bigint }
type MarksAt = (index: bigint) => Marks | null

function marksIn(packed: bigint): Marks {
  const field = (shift: bigint) => (packed >> shift) & U40
  return { time: Number(field(48n)), number: field(136n), previous: field(176n), jump: field(216n) }
}

/** Many devices may lead back to one checkpoint: each is read once. */
function readMarks(read: StorageRead, ledger: Hex): MarksAt {
  const known = new Map<bigint, Marks | null>()
  return (index) => {
    const before = known.get(index)
    if (before !== undefined) return before
    const packed = read(checkpointSlots(ledger, index)[1])
    const marks = packed === null ? null : marksIn(packed)
    known.set(index, marks)
    return marks
  }
}

/** The submission to look at next, going back: as far as the jump leads without passing the last one before `time`. */
function backFrom({ number, previous, jump }: Marks, marksAt: MarksAt, time: number): bigint | null {
  if ((number & (number - 1n)) === 0n) return previous
  const far = marksAt(jump)
  if (far === null) return null
  return far.time < time ? previous : jump
}

/** Block time of a device's last submission before `time`, going back from its latest; undefined: it is not known. */
function lastBefore(latest: bigint, marksAt: MarksAt, time: number): number | null | undefined {
  let index = latest
  for (let step = 0; step < MAX_STEPS; step++) {
    const marks = marksAt(index)
    if (marks === null) return undefined
    if (marks.time < time) return marks.time
    if (marks.number <= 1n) return null
    const back = backFrom(marks, marksAt, time)
    if (back === null) return undefined
    index = back
  }
  return undefined
}

function activityOf(read: StorageRead, marksAt: MarksAt, device: Hex, time: number): DeviceActivity | null {
  const [state, end] = deviceSlots(device).map(read)
  if (state == null || end == null) return null
  const nextRun = (state >> 160n) & U48
  const lastAnchoredAt = nextRun === 0n ? null : lastBefore((state >> 208n) & U40, marksAt, time)
  if (lastAnchoredAt === undefined) return null
  const lastRun = (end >> 160n) & U64
  return { device, lastAnchoredAt, retiredAfter: lastRun === U64 ? null : lastRun }
}

/**
 * What the registry's storage says of the activity of a ledger's devices before `time`. `devices` counts all that are
 * enrolled in it; of those which are not in `known` a slot is missing. They are looked at in the order of enrolment, up
 * to the first one whose id is not known.
 */
export function activityIn(
  read: StorageRead,
  ledger: Hex,
  time: number,
): { readonly devices: bigint; readonly known: readonly DeviceActivity[] } {
  const devices = ((read(ledgerSlot(ledger)) ?? 0n) >> 128n) & U64
  const marksAt = readMarks(read, ledger)
  const known: DeviceActivity[] = []
  for (let i = 0n; i < devices; i++) {
    const member = read(memberSlot(ledger, i))
    if (member === null) break
    const activity = activityOf(read, marksAt, toHex(bigIntToBytes(member, 32)), time)
    if (activity !== null) known.push(activity)
  }
  return { devices, known }
}
