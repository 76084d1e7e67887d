import type { Block, NvmlLibrary, Pointer } from "./nvml-library.ts"

/** Field numbers of nvml.h, NVML_FI_*. */
export const FIELD = { memoryTemperature: 82, totalEnergy: 83, powerAverage: 185, powerInstant: 186 } as const
/** Metric numbers of nvml.h, NVML_GPM_METRIC_*. */
export const METRIC = { smActivity: 2, smOccupancy: 3, tensorActivity: 5, dramActivity: 10 } as const

/** Layout of nvmlFieldValue_t: id, scope u32; time in µs, latency i64; type, result u32; value 8 bytes. */
const FIELD_SIZE = 40
/** Layout of nvmlGpmMetric_t: id, result u32; value f64; three text pointers. */
const METRIC_SIZE = 40
/** Offset of `metrics` in nvmlGpmMetricsGet_t: version, count u32; two sample pointers. */
const METRICS_AT = 24
/** NVML_GPM_METRIC_MAX of the newest header; older libraries expect a shorter array and use only its start. */
const METRICS_MAX = 333

/** A field as the driver gave it: its integer in the field's unit and the driver's time in ms since 1970. */
export type FieldReading = { readonly value: bigint; readonly timeMs: number }

type BoardIdentity = Pick<NvmlDevice, "uuid" | "name" | "index">

/** One GPU: its own scratch memory, so that a call which hangs on one board leaves the others alone. */
export class NvmlDevice {
  readonly uuid: string
  readonly name: string
  /** Its number on this host. */
  readonly index: number
  readonly #library: NvmlLibrary
  readonly #handle: Pointer
  readonly #scratch: Block
  readonly #fields: Block
  #gpm: Gpm | null | undefined

  private constructor(library: NvmlLibrary, handle: Pointer, { uuid, name, index }: BoardIdentity) {
    this.index = index
    this.#library = library
    this.#handle = handle
    this.uuid = uuid
    this.name = name
    this.#scratch = library.block(16)
    this.#fields = library.block(FIELD_SIZE * Object.keys(FIELD).length)
  }

  static async open(library: NvmlLibrary, index: number): Promise<NvmlDevice> {
    const text = library.block(96)
    await library.call("nvmlDeviceGetHandleByIndex_v2", index, text.pointer)
    const handle = text.view.getBigUint64(0, true)
    const read = async (name: string) => {
      text.bytes.fill(0)
      await library.call(name, handle, text.pointer, text.bytes.length)
      return text.bytes.toString("utf8", 0, text.bytes.indexOf(0))
    }
    const uuid = await read("nvmlDeviceGetUUID")
    return new NvmlDevice(library, handle, { uuid, name: await read("nvmlDeviceGetName"), index })
  }

  /** The fields that the board offers, by number. Empty on drivers without field values. */
  async fields(ids: readonly number[]): Promise<Map<number, FieldReading>> {
    const { view, bytes, pointer } = this.#fields
    bytes.fill(0)
    for (const [index, id] of ids.entries()) view.setUint32(index * FIELD_SIZE, id, true)
    if (!(await this.#library.call("nvmlDeviceGetFieldValues", this.#handle, ids.length, pointer))) return new Map()
    return new Map(ids.flatMap((id, index) => this.#field(id, index * FIELD_SIZE)))
  }

  #field(id: number, at: number): [number, FieldReading][] {
    const { view } = this.#fields
    if (view.getUint32(at + 28, true) !== 0) return []
    const value = readNumber(view, at + 32, view.getUint32(at + 24, true))
    if (value === null) return []
    const timeMs = Number(view.getBigInt64(at + 8, true) / 1000n)
    return [[id, { value, timeMs: timeMs > 0 ? timeMs : Date.now() }]]
  }

  /** Power in mW by the oldest call, for boards without fields. */
  async powerMilliwatts(): Promise<number | null> {
    const offered = await this.#library.call("nvmlDeviceGetPowerUsage", this.#handle, this.#scratch.pointer)
    return offered ? this.#scratch.view.getUint32(0, true) : null
  }

  /** Energy in mJ since the driver was loaded, by the older call. */
  async energyMillijoules(): Promise<bigint | null> {
    const offered = await this.#library.call("nvmlDeviceGetTotalEnergyConsumption", this.#handle, this.#scratch.pointer)
    return offered ? this.#scratch.view.getBigUint64(0, true) : null
  }

  /** Per cent of the last sample period in which a kernel ran, and in which memory was read or written. */
  async utilisation(): Promise<{ kernel: number; memory: number } | null> {
    const { pointer, view } = this.#scratch
    if (!(await this.#library.call("nvmlDeviceGetUtilizationRates", this.#handle, pointer))) return null
    return { kernel: view.getUint32(0, true), memory: view.getUint32(4, true) }
  }

  /** Degrees Celsius of the chip. */
  async temperature(): Promise<number | null> {
    const offered = await this.#library.call("nvmlDeviceGetTemperature", this.#handle, 0, this.#scratch.pointer)
    return offered ? this.#scratch.view.getUint32(0, true) : null
  }

  /** Whether the board is split into MIG instances now. */
  async isMig(): Promise<boolean> {
    const { pointer, view } = this.#scratch
    return (
      (await this.#library.call("nvmlDeviceGetMigMode", this.#handle, pointer, pointer + 4n)) &&
      view.getUint32(0, true) === 1
    )
  }

  /** Activities in per cent since the call before, by metric number; empty at first and where GPM is not offered. */
  async activities(): Promise<{ windowMs: number; values: Map<number, number> }> {
    if (this.#gpm === undefined) this.#gpm = await Gpm.open(this.#library, this.#handle)
    return this.#gpm ? this.#gpm.read() : { windowMs: 0, values: new Map() }
  }
}

/** GPU performance monitoring: activity between two samples of hardware counters (Hopper and later). */
class Gpm {
  readonly #library: NvmlLibrary
  readonly #handle: Pointer
  readonly #request: Block
  #samples: [bigint, bigint]
  #sampledAt = 0

  private constructor(library: NvmlLibrary, handle: Pointer, samples: [bigint, bigint]) {
    this.#library = library
    this.#handle = handle
    this.#samples = samples
    this.#request = library.block(METRICS_AT + METRIC_SIZE * METRICS_MAX)
  }

  static async open(library: NvmlLibrary, handle: Pointer): Promise<Gpm | null> {
    const { pointer, view } = library.block(16)
    view.setUint32(0, 1, true)
    if (!(await library.call("nvmlGpmQueryDeviceSupport", handle, pointer))) return null
    if (view.getUint32(4, true) !== 1) return null
    const sample = async () => {
      const offered = await library.call("nvmlGpmSampleAlloc", pointer)
      return offered ? view.getBigUint64(0, true) : 0n
    }
    const samples: [bigint, bigint] = [await sample(), await sample()]
    return samples.includes(0n) ? null : new Gpm(library, handle, samples)
  }

  async read(): Promise<{ windowMs: number; values: Map<number, number> }> {
    const [before, now] = this.#samples
    const nothing = { windowMs: 0, values: new Map<number, number>() }
    if (!(await this.#library.call("nvmlGpmSampleGet", this.#handle, now))) return nothing
    const windowMs = this.#sampledAt === 0 ? 0 : performance.now() - this.#sampledAt
    this.#sampledAt = performance.now()
    this.#samples = [now, before]
    return windowMs === 0 ? nothing : { windowMs: Math.ceil(windowMs), values: await this.#metrics(before, now) }
  }

  async #metrics(before: bigint, now: bigint): Promise<Map<number, number>> {
    const ids = Object.values(METRIC)
    const { view, pointer, bytes } = this.#request
    bytes.fill(0, 0, METRICS_AT + METRIC_SIZE * ids.length)
    view.setUint32(0, 1, true)
    view.setUint32(4, ids.length, true)
    view.setBigUint64(8, before, true)
    view.setBigUint64(16, now, true)
    for (const [index, id] of ids.entries()) view.setUint32(METRICS_AT + index * METRIC_SIZE, id, true)
    if (!(await this.#library.call("nvmlGpmMetricsGet", pointer))) return new Map()
    return new Map(ids.flatMap((id, index) => readMetric(view, id, METRICS_AT + index * METRIC_SIZE)))
  }
}

const readMetric = (view: DataView, id: number, at: number): [number, number][] => {
  const value = view.getFloat64(at + 8, true)
  return view.getUint32(at + 4, true) === 0 && Number.isFinite(value) ? [[id, value]] : []
}

/** The integer in an nvmlValue_t of the given nvmlValueType_t; null for types that no field here has. */
const readNumber = (view: DataView, at: number, type: number): bigint | null => {
  if (type === 1) return BigInt(view.getUint32(at, true))
  if (type === 2 || type === 3) return view.getBigUint64(at, true)
  if (type === 4) return view.getBigInt64(at, true)
  if (type === 5) return BigInt(view.getInt32(at, true))
  return null
}
