/** A power above so many times the rating is no reading; meters and boards overshoot by less. */
export const IMPOSSIBLE_RATINGS = 2

/**
 * Greatest board power by the name that its driver gives, watts, from the makers' data sheets: total graphics power, or
 * the thermal design power of the module. The longest name that a SKU contains decides.
 */
const BOARD_WATTS: readonly (readonly [name: string, watts: number])[] = [
  ["GB300", 1400],
  ["B300", 1400],
  ["GB200", 1200],
  ["B200", 1000],
  ["B100", 700],
  ["GH200", 1000],
  ["H200 NVL", 600],
  ["H200", 700],
  ["H800", 700],
  ["H20", 500],
  ["H100 PCIe", 350],
  ["H100 NVL", 400],
  ["H100", 700],
  ["A100-PCIE", 300],
  ["A100 80GB PCIe", 300],
  ["A100", 400],
  ["A800", 400],
  ["A40", 300],
  ["A30", 165],
  ["A10", 150],
  ["L40S", 350],
  ["L40", 300],
  ["L4", 72],
  ["V100", 300],
  ["T4", 70],
  ["RTX PRO 6000", 600],
  ["RTX 5090", 575],
  ["RTX 4090", 450],
  ["RTX 3090", 350],
  ["MI355X", 1400],
  ["MI350X", 1000],
  ["MI325X", 1000],
  ["MI300X", 750],
  ["MI250", 560],
  ["MI210", 300],
  ["MI100", 300],
  ["Gaudi2", 600],
  ["Gaudi 3", 900],
]

/** The most that any board of the table draws: what an unknown one is taken for. */
const WORST_BOARD_WATTS = Math.max(...BOARD_WATTS.map(([, watts]) => watts))

/** Surfaces that speak of accelerator boards alone. */
const BOARD_SURFACES: ReadonlySet<string> = new Set([
  ...["nvml", "nvidia-smi", "dcgm", "amd-smi", "hwmon", "amd-exporter", "gaudi", "zeus"],
])

/** Whether a surface speaks of accelerator boards alone: nothing around them is in what it reads. */
export const isBoardSurface = (surface: string): boolean => BOARD_SURFACES.has(surface)

/** Other surfaces whose parts have a greatest power by their kind: a processor package with its memory. */
const SURFACE_WATTS: ReadonlyMap<string, number> = new Map([["rapl", 1000]])

/** The greatest power of one board in watts, or null for a SKU that the table does not know. */
export function boardRatingWatts(sku: string): number | null {
  const named = sku.toLowerCase()
  const known = BOARD_WATTS.filter(([name]) => named.includes(name.toLowerCase()))
  const [best] = known.toSorted(([a], [b]) => b.length - a.length)
  return best?.[1] ?? null
}

/**
 * The greatest power of what a sensor of a surface reads, watts; null where neither surface nor SKU says one. A board
 * whose SKU is unknown is taken for the largest that there is. A vouch document that names the sensor comes before this.
 */
export function tableRatingWatts(surface: string, sku: string | null): number | null {
  const watts = sku === null ? null : boardRatingWatts(sku)
  return watts ?? (BOARD_SURFACES.has(surface) ? WORST_BOARD_WATTS : (SURFACE_WATTS.get(surface) ?? null))
}
