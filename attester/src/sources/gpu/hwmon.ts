import { readlink } from "node:fs/promises"
import { basename, join } from "node:path"
import { accuracy } from "../accuracy.ts"
import { scaleByTen } from "../decimal.ts"
import { listFolder, readAttribute, readNumber } from "../net/sysfs.ts"
import type { Options } from "../options.ts"
import { skuOf } from "../sku.ts"
import { type Accuracy, type Quantity, type SensorValue, type Source, SourceError, type Unit } from "../source.ts"

/** Kernel drivers of accelerators that show power or energy. */
const DRIVERS = new Set(["amdgpu", "xe", "i915"])
const ASSUMED = "gain not stated by the driver, assumed"

type Attribute = {
  readonly file: string
  readonly quantity: Quantity
  readonly unit: Unit
  /** From the kernel's unit to ours, as a power of ten. */
  readonly exponent: number
  readonly accuracy: Accuracy
}

/** Attributes of the kernel's hwmon interface: power in µW, energy in µJ, temperatures in 1/1000 degree. */
const ATTRIBUTES: readonly Attribute[] = [
  {
    file: "power1_average",
    quantity: "power",
    unit: "W",
    exponent: -6,
    accuracy: accuracy({ gainLimit: 0.05, step: 1, windowMs: 1000, updateMs: 1, origin: ASSUMED }),
  },
  {
    file: "power1_input",
    quantity: "power",
    unit: "W",
    exponent: -6,
    accuracy: accuracy({ gainLimit: 0.05, step: 1, updateMs: 1, origin: ASSUMED }),
  },
  {
    file: "energy1_input",
    quantity: "energy",
    unit: "uJ",
    exponent: 0,
    accuracy: accuracy({ gainLimit: 0.05, step: 61.035, updateMs: 1, origin: ASSUMED }),
  },
]

/** `root`: where the kernel shows hwmon. */
export const hwmonFromOptions = (id: string, periodMs: number, options: Options): Source =>
  createHwmon(id, periodMs, options.text("root", "/sys/class/hwmon"))

/** AMD and Intel accelerators through the kernel's hwmon files: cheap, no vendor tool, readable by everybody. */
export const createHwmon = (id: string, periodMs: number, root: string): Source => ({
  id,
  periodMs,
  close: async () => {},
  read: async (signal) => {
    const values: SensorValue[] = []
    for (const name of await listFolder(root, /^hwmon\d+$/))
      values.push(...(await readMonitor(id, join(root, name), signal)))
    if (values.length === 0) throw new SourceError(id, "missing", `${root} shows no amdgpu, xe or i915 power`)
    return values
  },
})

const readMonitor = async (id: string, folder: string, signal: AbortSignal): Promise<SensorValue[]> => {
  const driver = (await readAttribute(folder, "name", signal)) ?? ""
  if (!DRIVERS.has(driver)) return []
  const part = await busAddress(folder)
  // amdgpu shows what the board's own memory says of it; others show nothing.
  const name = await readAttribute(join(folder, "device"), "product_name", signal)
  const readings = [...ATTRIBUTES, ...(await temperatures(folder, signal))]
  const values = readings.map(async ({ file, quantity, unit, exponent, accuracy }): Promise<SensorValue[]> => {
    const raw = await readNumber(id, folder, file, signal)
    if (raw === null) return []
    const place = { surface: "hwmon", grade: "measured", covers: "accelerator", part } as const
    const common = { ...place, ...skuOf(name), timeMs: Date.now() }
    return [{ sensor: `${part}/${file}`, quantity, unit, value: scaleByTen(raw, exponent), accuracy, ...common }]
  })
  return (await Promise.all(values)).flat()
}

/** The PCI address of the board, which stays when hwmon numbers change at the next boot. */
const busAddress = async (folder: string): Promise<string> => {
  try {
    return basename(await readlink(join(folder, "device")))
  } catch {
    return basename(folder)
  }
}

const DEGREES = accuracy({ step: 1, origin: "hwmon" })
const LABELS = new Map<string, Quantity>([
  ["junction", "acceleratorTemperature"],
  ["pkg", "acceleratorTemperature"],
  ["mem", "memoryTemperature"],
  ["vram", "memoryTemperature"],
])

const temperatures = async (folder: string, signal: AbortSignal): Promise<Attribute[]> => {
  const files = await listFolder(folder, /^temp\d+_label$/)
  const found = files.map(async (file): Promise<Attribute[]> => {
    const quantity = LABELS.get((await readAttribute(folder, file, signal)) ?? "")
    const input = file.replace("_label", "_input")
    return quantity ? [{ file: input, quantity, unit: "Cel", exponent: -3, accuracy: DEGREES }] : []
  })
  return (await Promise.all(found)).flat()
}
