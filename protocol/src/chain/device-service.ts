import { bigIntToBytes, type Hex, toHex } from "../encoding/bytes.ts"
import type { StorageRead } from "./device-activity.ts"
import {
  checkpointSlots,
  deviceSlots,
  ledgerSlot,
  memberSlot,
  unpackCheckpoint,
  unpackDevice,
  unpackLedger,
  unpackService,
  unpackVouch,
  vouchSlots,
} from "./registry-storage.ts"

/** Since when and until when a device of a ledger was to meter, Unix seconds. */
export type DeviceService = {
  readonly device: Hex
  /** Its number in the protocol. */
  readonly boundary: number
  readonly enrolledAt: number
  /** Block time from which no run can follow: of the retirement, or of the last run that it left to come. Null: none. */
  readonly endedAt: number | null
  /** From when its voucher withdrew its word. Null: it holds. */
  readonly since: number | null
}

function endOf(read: StorageRead, ledger: Hex, [state, service]: readonly [bigint, bigint]): number | null | undefined {
  const { nextRun, latest } = unpackDevice(state)
  const { runs, retiredAt } = unpackService(service)
  if (runs === null || nextRun < runs) return null
  if (nextRun === 0n) return retiredAt
  const last = read(checkpointSlots(ledger, latest)[1])
  return last === null ? undefined : Math.max(retiredAt, unpackCheckpoint(last).time)
}

function serviceOf(read: StorageRead, ledger: Hex, device: Hex, voucher: Hex): DeviceService | null {
  const [, stateSlot, serviceSlot] = deviceSlots(device)
  const [state, service, vouch] = [read(stateSlot), read(serviceSlot), read(vouchSlots(device, voucher)[0])]
  if (state === null || service === null || vouch === null) return null
  const endedAt = endOf(read, ledger, [state, service])
  if (endedAt === undefined) return null
  const { boundary, enrolledAt } = unpackService(service)
  const { since } = unpackVouch(vouch)
  return { device, boundary, enrolledAt, endedAt, since: since === null ? null : Number(since) }
}

/**
 * What the registry's storage says of the service of a ledger's devices. `devices` counts all that are enrolled in it; of
 * those which are not in `known` a slot is missing. `vouched` counts those that the voucher vouched for.
 */
export function servicesIn(
  read: StorageRead,
  ledger: Hex,
  voucher: Hex,
): { readonly devices: bigint; readonly vouched: bigint; readonly known: readonly DeviceService[] } {
  const { devices, vouched } = unpackLedger(read(ledgerSlot(ledger)) ?? 0n)
  const known: DeviceService[] = []
  for (let i = 0n; i < devices; i++) {
    const member = read(memberSlot(ledger, i))
    if (member === null) break
    const service = serviceOf(read, ledger, toHex(bigIntToBytes(member, 32)), voucher)
    if (service !== null) known.push(service)
  }
  return { devices, vouched, known }
}

/** Seconds that devices are expected to have metered at a boundary in a period: as the registry's `expectedTime`. */
export function expectedSeconds(
  services: readonly DeviceService[],
  boundary: number,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  return services
    .filter((service) => service.boundary === boundary)
    .reduce((sum, { enrolledAt, endedAt, since }) => {
      const end = Math.min(to, endedAt ?? to, since ?? to)
      return sum + Math.max(0, end - Math.max(from, enrolledAt))
    }, 0)
}
