import type { Entry, ExtractEntry } from "./entry.ts"

/** From when on a voucher's word for a device does not hold, Unix seconds, and the document that shows it. */
export type Withdrawal = { readonly since: number; readonly document: string }

type Vouched = Pick<Entry, "registry" | "voucher" | "device"> & { readonly chainId: number }
const vouchKey = ({ chainId, registry, voucher, device }: Vouched) => `${chainId}/${registry}/${voucher}/${device}`

/**
 * What voids a run by extracts: its device's vouch was withdrawn from its anchor on or earlier. A certificate is of its own
 * block, and may be older than the withdrawal that voids it.
 */
export function withdrawalsIn(extracts: readonly ExtractEntry[]): (entry: Entry) => Withdrawal | null {
  const known = new Map<string, Withdrawal>()
  for (const { extract, document } of extracts) {
    if (extract.kind === "ledger" || extract.withdrawnSince === null) continue
    const key = vouchKey(extract)
    const since = extract.withdrawnSince
    if (since < (known.get(key)?.since ?? Number.POSITIVE_INFINITY)) known.set(key, { since, document: document.name })
  }
  return ({ registry, voucher, device, block: { chainId, time } }) => {
    const found = known.get(vouchKey({ chainId, registry, voucher, device }))
    return found !== undefined && found.since <= time ? found : null
  }
}
