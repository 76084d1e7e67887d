import type { Entry } from "../books/entry.ts"
import { type Exact, exact } from "../exact/exact.ts"
import { asSquares } from "./amount.ts"

/**
 * Devices by what they measure with, each in one group: those that share a meter, directly or by way of others, have its error
 * together. A device without a known meter is alone.
 */
function groupsOf(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const parents = new Map<string, string>()
  const rootOf = (name: string): string => {
    let root = name
    for (let up = parents.get(root); up !== undefined && up !== root; up = parents.get(root)) root = up
    return root
  }
  const meterKey = (serial: string) => `meter ${serial}`
  const linked = new Set<string>()
  for (const { device, meters } of entries)
    for (const serial of meters) {
      const link = `${device} ${serial}`
      if (linked.has(link)) continue
      linked.add(link)
      parents.set(rootOf(device), rootOf(meterKey(serial)))
    }
  return [...Map.groupBy(entries, ({ device }) => rootOf(device)).values()]
}

/** Expanded uncertainty of an energy: linear within a device and among devices that share a meter, as squares across others. */
export function energyUncertainty(entries: readonly Entry[]): Exact {
  const linear = groupsOf(entries).map((own) =>
    exact(own.reduce((all, { registers }) => all + registers.uncertaintyMillijoules, 0n)),
  )
  return asSquares(linear)
}
