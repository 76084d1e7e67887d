import { activityIn, type DeviceActivity, type Hex, instant } from "@wattest/protocol"
import { LEDGER_FINDING_CODES, type LedgerFinding, type LedgerFindingCode } from "../findings.ts"
import type { SightedTally } from "./sight.ts"

/** A device that anchors nothing for so long before a period's end is listed (PROTOCOL section 6). */
export const SILENCE_SECONDS = 48 * 3600

function detailOf({ lastAnchoredAt, runs }: DeviceActivity, to: number): string {
  const last =
    lastAnchoredAt === null
      ? `none before ${instant(to)}`
      : `the last before ${instant(to)} at ${instant(lastAnchoredAt)}`
  return runs === null ? last : `${last}; it retired after ${runs} runs`
}

/**
 * Which devices of a ledger were silent before a period's end, as the registry's storage shows in a block not before
 * it. Storage does not say when a device was enrolled, so one that has just come is listed too.
 */
export function silenceFindings({ to, place: tally, ledgers }: SightedTally): readonly LedgerFinding[] {
  return ledgers.flatMap(({ id: ledger, storage: { slots } }) => {
    const { devices, known } = activityIn((slot) => slots.get(slot) ?? null, ledger, to)
    const finding = (code: LedgerFindingCode, device: Hex | null, detail: string): LedgerFinding => ({
      ...{ code, severity: LEDGER_FINDING_CODES[code][0], tally, ledger, device, detail },
    })
    const silent = known.filter(({ lastAnchoredAt }) => (lastAnchoredAt ?? 0) < to - SILENCE_SECONDS)
    const unproven = devices - BigInt(known.length)
    return [
      ...silent.map((activity) => finding("DEVICE_SILENT", activity.device, detailOf(activity, to))),
      ...(unproven === 0n ? [] : [finding("DEVICES_UNPROVEN", null, `${unproven} of ${devices} devices`)]),
    ]
  })
}
