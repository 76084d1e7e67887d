import type { DeviceExtract, LedgerExtract, RunExtract } from "../documents/extract.ts"
import { bigIntToBytes, type Hex, toHex } from "../encoding/bytes.ts"
import { BOUNDARIES, type Boundary } from "../run/statement.ts"
import { ledgerIdOf } from "./messages.ts"
import {
  checkpointSlots,
  deviceSlots,
  ledgerSlot,
  unpackCheckpoint,
  unpackDevice,
  unpackLedger,
  unpackService,
  unpackVouch,
  vouchSlots,
  word,
} from "./registry-storage.ts"

/** Reads a slot of the registry's storage; throws what the caller's proof throws where it is not there. */
export type SlotRead = (slot: Hex) => bigint

/** What identifies the subject of an extract, before anything is said of it. */
export type DeviceName = Pick<DeviceExtract, "operator" | "voucher" | "device">
export type LedgerName = Pick<LedgerExtract, "operator" | "voucher">

/** What storage says of a device; `ledger` and `operator` are those of the slots, as words. */
export type DeviceStanding = Pick<
  DeviceExtract,
  "enrolledAt" | "runs" | "through" | "anchoredAt" | "retiredRuns" | "withdrawnSince"
> & { readonly ledger: Hex; readonly operator: Hex; readonly boundary: Boundary | null }

const seconds = (time: bigint | null) => (time === null ? null : Number(time))

/** Slots in the order in which a proof has them: vouch, ledger, state, service; then its last checkpoint, if it has one. */
export function readDeviceStanding(read: SlotRead, { voucher, device }: Omit<DeviceName, "operator">): DeviceStanding {
  const vouch = unpackVouch(read(vouchSlots(device, voucher)[0]))
  const [ledgerAt, stateAt, serviceAt] = deviceSlots(device)
  const ledger = toHex(bigIntToBytes(read(ledgerAt), 32))
  const { nextRun, latest } = unpackDevice(read(stateAt))
  const service = unpackService(read(serviceAt))
  const last = nextRun === 0n ? null : unpackCheckpoint(read(checkpointSlots(ledger, latest)[1]))
  return {
    ...{ ledger, operator: vouch.operator, boundary: BOUNDARIES[service.boundary - 1] ?? null },
    ...{ enrolledAt: service.enrolledAt, runs: Number(nextRun), through: last?.through ?? 0 },
    ...{ anchoredAt: last?.time ?? null, retiredRuns: seconds(service.runs), withdrawnSince: seconds(vouch.since) },
  }
}

export type LedgerStanding = Pick<LedgerExtract, "length" | "head" | "devices" | "vouched" | "suspicions">

/** Slots in the order in which a proof has them: the counters; then head and submission of the last checkpoint, if there is one. */
export function readLedgerStanding(read: SlotRead, { operator, voucher }: LedgerName): LedgerStanding {
  const id = ledgerIdOf(operator, voucher)
  const { length, checkpoints, devices, vouched, suspicions } = unpackLedger(read(ledgerSlot(id)))
  const head = checkpoints === 0n ? 0n : read(checkpointSlots(id, checkpoints - 1n)[0])
  return {
    ...{ length: Number(length), head: toHex(word(head)), devices: Number(devices), vouched: Number(vouched) },
    suspicions: Number(suspicions),
  }
}

/** What storage says of the voucher's word for a run's device. */
export function readWordFor(
  read: SlotRead,
  { voucher, device }: Pick<RunExtract, "voucher" | "device">,
): { readonly operator: Hex; readonly withdrawnSince: number | null } {
  const { operator, since } = unpackVouch(read(vouchSlots(device, voucher)[0]))
  return { operator, withdrawnSince: seconds(since) }
}
