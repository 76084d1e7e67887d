/**
 * Greatest board power by the name that its driver gives, watts, from the makers' data sheets: total graphics power, or
 * the thermal design power of the module. The longest name that a SKU contains decides.
 */
const BOARD_LIMITS: readonly (readonly [name: string, watts: number])[] = [
  ["GB200", 1200],
  ["B200", 1000],
  ["H200 NVL", 600],
  ["H200", 700],
  ["H100 PCIe", 350],
  ["H100 NVL", 400],
  ["H100", 700],
  ["A100-PCIE", 300],
  ["A100 80GB PCIe", 300],
  ["A100", 400],
  ["A40", 300],
  ["A30", 165],
  ["A10", 150],
  ["L40S", 350],
  ["L40", 300],
  ["L4", 72],
  ["V100", 300],
  ["T4", 70],
  ["RTX 5090", 575],
  ["RTX 4090", 450],
  ["RTX 3090", 350],
  ["MI300X", 750],
  ["MI250X", 560],
  ["Gaudi2", 600],
  ["Gaudi 3", 900],
]

/** The limit of one board in watts, or null for a SKU that the table does not know. */
export function boardLimitWatts(sku: string): number | null {
  const known = BOARD_LIMITS.filter(([name]) => sku.toLowerCase().includes(name.toLowerCase()))
  const best = known.sort(([a], [b]) => b.length - a.length)[0]
  return best?.[1] ?? null
}

/** What all boards of a run can draw together; null unless every one of them is known. */
export function boardsLimitWatts(skus: readonly string[]): number | null {
  if (skus.length === 0) return null
  let sum = 0
  for (const sku of skus) {
    const limit = boardLimitWatts(sku)
    if (limit === null) return null
    sum += limit
  }
  return sum
}
