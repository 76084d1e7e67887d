import { join } from "node:path"
import { accuracy, SURFACE_ACCURACY } from "../accuracy.ts"
import { listFolder, readAttribute, readNumber } from "../net/sysfs.ts"
import type { Options } from "../options.ts"
import { type Coverage, type SensorValue, type Source, SourceError } from "../source.ts"

/** Zones of one MSR each. The same packages shown again under `intel-rapl-mmio` would count twice. */
const ZONE = /^intel-rapl:\d+(:\d+)?$/
/** What each zone covers. `core` and `uncore` lie within their package and are left out. */
const COVERS: readonly [RegExp, Coverage][] = [
  [/^package-\d+$/, "processor"],
  [/^dram$/, "memory"],
  [/^psys$/, "node"],
]
const ACCURACY = accuracy({ ...SURFACE_ACCURACY.rapl, step: 61.035, updateMs: 1 })

/** `root`: where the kernel shows powercap. */
export const raplFromOptions = (id: string, periodMs: number, options: Options): Source =>
  createRapl(id, periodMs, options.text("root", "/sys/class/powercap"))

/**
 * Energy counters of Intel and AMD processors through Linux powercap. They wrap within an hour of load, at
 * `max_energy_range_uj`, and since 2020 only root (or who is given the right) may read them.
 */
export const createRapl = (id: string, periodMs: number, root: string): Source => ({
  id,
  periodMs,
  close: async () => {},
  read: async (signal) => {
    const zones = await listFolder(root, ZONE)
    if (zones.length === 0) throw new SourceError(id, "missing", `${root} has no intel-rapl zone`)
    const values = await Promise.all(zones.map((zone) => readZone(id, root, zone, signal)))
    return values.flat()
  },
})

const readZone = async (id: string, root: string, zone: string, signal: AbortSignal): Promise<SensorValue[]> => {
  const folder = join(root, zone)
  const name = (await readAttribute(folder, "name", signal)) ?? ""
  const covers = COVERS.find(([pattern]) => pattern.test(name))?.[1]
  if (covers === undefined) return []
  const value = await readNumber(id, folder, "energy_uj", signal)
  const wrapsAt = await readNumber(id, folder, "max_energy_range_uj", signal)
  if (value === null) return []
  if (wrapsAt === null) throw new SourceError(id, "malformed", `${folder} does not say where its counter wraps`)
  const common = { surface: "rapl", quantity: "energy", unit: "uJ", grade: "measured", accuracy: ACCURACY } as const
  return [{ sensor: `${zone}/${name}`, value, timeMs: Date.now(), covers, part: zone, wrapsAt, ...common }]
}
