import type { Grade } from "@wattest/protocol"
import { toSourceError } from "../guard.ts"
import type { Options } from "../options.ts"
import { skuOf } from "../sku.ts"
import { type Quantity, type SensorValue, type Source, SourceError, type Unit } from "../source.ts"
import {
  activityAccuracy,
  energyAccuracy,
  plainPowerKind,
  powerAccuracy,
  temperatureAccuracy,
  utilisationAccuracy,
} from "./nvidia-accuracy.ts"
import { FIELD, METRIC, NvmlDevice } from "./nvml-device.ts"
import { NvmlError, NvmlLibrary } from "./nvml-library.ts"

export type NvmlOptions = { readonly id: string; readonly periodMs: number; readonly library: string }

/** `library`: path or soname of libnvidia-ml. */
export const nvmlFromOptions = (id: string, periodMs: number, options: Options): Source =>
  createNvml({ id, periodMs, library: options.text("library", "libnvidia-ml.so.1") })

type Opened = {
  readonly library: NvmlLibrary
  readonly devices: readonly NvmlDevice[]
  /** Boards that the driver counts and will not open: fallen off the bus, or without permission. */
  readonly lost: readonly SourceError[]
  readonly at: number
}

/** While some boards answer, the library is opened anew this often for the sake of the others. */
const REOPEN_MS = 60_000

/**
 * NVIDIA boards through the driver's library: energy counter, momentary and mean power, utilisation, temperatures,
 * and activities where the board has GPM. In MIG mode all of these are the whole board's, so they count as
 * allocated: somebody must still say which instance they belong to.
 */
export const createNvml = ({ id, periodMs, library: path }: NvmlOptions): Source => {
  let opened: Opened | undefined
  const close = async () => {
    const closing = opened
    opened = undefined
    if (!closing) return
    await closing.library.call("nvmlShutdown").catch(() => false)
    closing.library.unload()
  }
  return {
    id,
    periodMs,
    close,
    read: async () => {
      try {
        opened ??= await open(id, path)
        return await readAll(id, opened)
      } catch (error) {
        const failure = fault(id, error)
        const partly = failure.values.length > 0
        if (!partly || performance.now() - (opened?.at ?? 0) > REOPEN_MS) await close()
        throw failure
      }
    },
  }
}

const open = async (id: string, path: string): Promise<Opened> => {
  const library = await load(id, path)
  await library.call("nvmlInit_v2")
  const count = library.block(4)
  await library.call("nvmlDeviceGetCount_v2", count.pointer)
  const devices: NvmlDevice[] = []
  const lost: SourceError[] = []
  for (let index = 0; index < count.view.getUint32(0, true); index++) {
    try {
      devices.push(await NvmlDevice.open(library, index))
    } catch (error) {
      const { fault: kind, detail } = fault(id, error)
      lost.push(new SourceError(id, kind, `board ${index}: ${detail}`))
    }
  }
  if (devices.length === 0) throw lost[0] ?? new SourceError(id, "missing", "the driver sees no GPU")
  return { library, devices, lost, at: performance.now() }
}

const load = async (id: string, path: string): Promise<NvmlLibrary> => {
  try {
    return await NvmlLibrary.load(path)
  } catch (error) {
    throw new SourceError(id, "missing", `cannot load ${path}: ${error instanceof Error ? error.message : error}`)
  }
}

/** NVML's codes as faults: 4 no permission, 9, 12, 15, 17 and 18 no usable driver or board, 10 timed out. */
const fault = (id: string, error: unknown): SourceError => {
  if (!(error instanceof NvmlError)) return toSourceError(id, error)
  if (error.code === 4) return new SourceError(id, "denied", error.message)
  if (error.code === 10) return new SourceError(id, "timeout", error.message)
  return new SourceError(id, [9, 12, 15, 17, 18].includes(error.code) ? "missing" : "failed", error.message)
}

/** Every board; one that fails does not hide the others, whose values travel in the error. */
const readAll = async (id: string, { devices, lost }: Opened): Promise<SensorValue[]> => {
  const values: SensorValue[] = []
  let failure: unknown = lost[0]
  for (const device of devices) {
    try {
      values.push(...(await readDevice(device)))
    } catch (error) {
      failure ??= error
    }
  }
  if (failure === undefined) return values
  const { fault: kind, detail } = fault(id, failure)
  throw new SourceError(id, kind, detail, values)
}

type Reading = Pick<SensorValue, "quantity" | "unit" | "accuracy"> & {
  name: string
  value: bigint | number
  timeMs?: number
}

const readDevice = async (device: NvmlDevice): Promise<SensorValue[]> => {
  const grade = (await device.isMig()) ? "allocated" : "measured"
  const readings = [...(await readPower(device)), ...(await readUse(device)), ...(await readActivities(device))]
  return readings.map((reading) => toValue(device, grade, reading))
}

const toValue = (device: NvmlDevice, grade: Grade, { name, value, timeMs, ...rest }: Reading): SensorValue => ({
  sensor: `${device.uuid}/${name}`,
  surface: "nvml",
  value: typeof value === "bigint" ? value.toString() : toFixedDecimal(value),
  timeMs: timeMs ?? Date.now(),
  grade,
  covers: "accelerator",
  part: device.uuid,
  ...skuOf(device.name),
  index: device.index,
  ...rest,
})

/** GPM gives doubles; two decimals of a per cent is what they carry. */
const toFixedDecimal = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2))

const readPower = async (device: NvmlDevice): Promise<Reading[]> => {
  const fields = await device.fields(Object.values(FIELD))
  const readings: Reading[] = []
  const add = (id: number, name: string, rest: Pick<Reading, "quantity" | "unit" | "accuracy">) => {
    const field = fields.get(id)
    if (field) readings.push({ name, ...field, ...rest })
  }
  const power = (kind: "instant" | "average") =>
    ({ quantity: "power", unit: "mW", accuracy: powerAccuracy(device.name, kind, 1000, 1) }) as const
  add(FIELD.powerInstant, "power.instant", power("instant"))
  add(FIELD.powerAverage, "power.average", power("average"))
  add(FIELD.totalEnergy, "energy", { quantity: "energy", unit: "mJ", accuracy: energyAccuracy(device.name) })
  add(FIELD.memoryTemperature, "memory.temperature", {
    quantity: "memoryTemperature",
    unit: "Cel",
    accuracy: temperatureAccuracy,
  })
  return [...readings, ...(await readOlder(device, readings))]
}

/** What the fields did not give, by the older calls. */
const readOlder = async (device: NvmlDevice, have: readonly Reading[]): Promise<Reading[]> => {
  const readings: Reading[] = []
  if (!have.some(({ quantity }) => quantity === "power")) {
    const kind = plainPowerKind(device.name)
    const value = await device.powerMilliwatts()
    const accuracy = powerAccuracy(device.name, kind, 1000, 1)
    if (value !== null) readings.push({ name: `power.${kind}`, quantity: "power", unit: "mW", value, accuracy })
  }
  if (!have.some(({ quantity }) => quantity === "energy")) {
    const value = await device.energyMillijoules()
    const accuracy = energyAccuracy(device.name)
    if (value !== null) readings.push({ name: "energy", quantity: "energy", unit: "mJ", value, accuracy })
  }
  return readings
}

const readUse = async (device: NvmlDevice): Promise<Reading[]> => {
  const readings: Reading[] = []
  const use = await device.utilisation()
  const share = { unit: "%", accuracy: utilisationAccuracy } as const
  if (use) {
    readings.push({ name: "kernel.time", quantity: "kernelTime", value: use.kernel, ...share })
    readings.push({ name: "memory.time", quantity: "memoryTime", value: use.memory, ...share })
  }
  const value = await device.temperature()
  const celsius = { unit: "Cel", accuracy: temperatureAccuracy } as const
  if (value !== null) readings.push({ name: "temperature", quantity: "acceleratorTemperature", value, ...celsius })
  return readings
}

const ACTIVITIES: readonly [number, string, Quantity][] = [
  [METRIC.smActivity, "sm.activity", "smActivity"],
  [METRIC.smOccupancy, "sm.occupancy", "smOccupancy"],
  [METRIC.tensorActivity, "tensor.activity", "computeActivity"],
  [METRIC.dramActivity, "dram.activity", "dramActivity"],
]

const readActivities = async (device: NvmlDevice): Promise<Reading[]> => {
  const { windowMs, values } = await device.activities()
  const unit: Unit = "%"
  return ACTIVITIES.flatMap(([id, name, quantity]) => {
    const value = values.get(id)
    return value === undefined ? [] : [{ name, quantity, unit, value, accuracy: activityAccuracy(windowMs) }]
  })
}
