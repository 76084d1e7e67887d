import { bigIntToBytes, type Hex, toHex } from "../encoding/bytes.ts"
import {
  type CheckpointState,
  checkpointSlots,
  deviceSlots,
  farNumber,
  ledgerSlot,
  memberSlot,
  unpackCheckpoint,
  unpackDevice,
  unpackLedger,
  unpackService,
} from "./registry-storage.ts"

/** More steps than any honest walk takes: for numbers of 32 bits, fewer than 6 a bit, and 16 within the last eight. */
const MAX_STEPS = 208

/** The registry's storage as far as it is known: null for a slot of which nothing is. */
export type StorageRead = (slot: Hex) => bigint | null

/** When a ledger's device last anchored a run before some time. */
export type DeviceActivity = {
  readonly device: Hex
  /** Block time of that anchor, Unix seconds; null where there is none. */
  readonly lastAnchoredAt: number | null
  /** Number of the runs in all of a device that has retired. */
  readonly runs: bigint | null
}

/** A checkpoint by its index in the ledger; null where it is not known. */
type CheckpointAt = (index: bigint) => CheckpointState | null

/** Many devices may lead back to one checkpoint: each is read once. */
function readCheckpoints(read: StorageRead, ledger: Hex): CheckpointAt {
  const known = new Map<bigint, CheckpointState | null>()
  return (index) => {
    const before = known.get(index)
    if (before !== undefined) return before
    const packed = read(checkpointSlots(ledger, index)[1])
    const checkpoint = packed === null ? null : unpackCheckpoint(packed)
    known.set(index, checkpoint)
    return checkpoint
  }
}

/** The submission to look at next, going back: as far as the jump leads without passing the last one before `time`. */
function backFrom(
  { number, previous, jump }: CheckpointState,
  checkpointAt: CheckpointAt,
  time: number,
): bigint | null {
  if (farNumber(number) === 0n) return previous
  const far = checkpointAt(jump)
  if (far === null) return null
  return far.time < time ? previous : jump
}

/** Block time of a device's last submission before `time`, going back from its latest; undefined: it is not known. */
function lastBefore(latest: bigint, checkpointAt: CheckpointAt, time: number): number | null | undefined {
  let index = latest
  for (let step = 0; step < MAX_STEPS; step++) {
    const checkpoint = checkpointAt(index)
    if (checkpoint === null) return undefined
    if (checkpoint.time < time) return checkpoint.time
    if (checkpoint.number <= 1n) return null
    const back = backFrom(checkpoint, checkpointAt, time)
    if (back === null) return undefined
    index = back
  }
  return undefined
}

function activityOf(read: StorageRead, checkpointAt: CheckpointAt, device: Hex, time: number): DeviceActivity | null {
  const [, stateSlot, serviceSlot] = deviceSlots(device)
  const [state, service] = [read(stateSlot), read(serviceSlot)]
  if (state === null || service === null) return null
  const { nextRun, latest } = unpackDevice(state)
  const lastAnchoredAt = nextRun === 0n ? null : lastBefore(latest, checkpointAt, time)
  if (lastAnchoredAt === undefined) return null
  return { device, lastAnchoredAt, runs: unpackService(service).runs }
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
  const { devices } = unpackLedger(read(ledgerSlot(ledger)) ?? 0n)
  const checkpointAt = readCheckpoints(read, ledger)
  const known: DeviceActivity[] = []
  for (let i = 0n; i < devices; i++) {
    const member = read(memberSlot(ledger, i))
    if (member === null) break
    const activity = activityOf(read, checkpointAt, toHex(bigIntToBytes(member, 32)), time)
    if (activity !== null) known.push(activity)
  }
  return { devices, known }
}
