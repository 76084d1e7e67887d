import type { LibraryHandle } from "koffi"

type Koffi = typeof import("koffi")["default"]

/** NVML result codes that mean "this device has no such thing" rather than "it broke" (nvml.h, nvmlReturn_t). */
const ABSENT = new Set([3, 6, 13, 21, 25, 26])
const SUCCESS = 0

/** A call that NVML refused; `code` is its nvmlReturn_t. */
export class NvmlError extends Error {
  override readonly name = "NvmlError"
  readonly code: number
  constructor(call: string, code: number, text: string) {
    super(`${call}: ${text} (${code})`)
    this.code = code
  }
}

/** An opaque address inside the driver library. */
export type Pointer = bigint | null
type Native = { async: (...args: unknown[]) => void }
type Declared = { readonly native: Native; readonly optional: boolean }

/** Functions of libnvidia-ml by name, with their arguments; the optional ones are missing from older drivers. */
const SIGNATURES: Record<string, readonly [args: string[], optional: boolean]> = {
  nvmlInit_v2: [[], false],
  nvmlShutdown: [[], false],
  nvmlDeviceGetCount_v2: [["void *"], false],
  nvmlDeviceGetHandleByIndex_v2: [["uint32_t", "void *"], false],
  nvmlDeviceGetUUID: [["void *", "void *", "uint32_t"], false],
  nvmlDeviceGetName: [["void *", "void *", "uint32_t"], false],
  nvmlDeviceGetPowerUsage: [["void *", "void *"], false],
  nvmlDeviceGetUtilizationRates: [["void *", "void *"], false],
  nvmlDeviceGetTemperature: [["void *", "uint32_t", "void *"], false],
  nvmlDeviceGetTotalEnergyConsumption: [["void *", "void *"], true],
  nvmlDeviceGetFieldValues: [["void *", "int32_t", "void *"], true],
  nvmlDeviceGetMigMode: [["void *", "void *", "void *"], true],
  nvmlGpmQueryDeviceSupport: [["void *", "void *"], true],
  nvmlGpmSampleAlloc: [["void *"], true],
  nvmlGpmSampleFree: [["void *"], true],
  nvmlGpmSampleGet: [["void *", "void *"], true],
  nvmlGpmMetricsGet: [["void *"], true],
}

/** Memory outside the JavaScript heap, which the driver may write to while a call runs on another thread. */
export type Block = { readonly pointer: bigint; readonly view: DataView; readonly bytes: Buffer }

const allocate = (koffi: Koffi, size: number): Block => {
  const pointer: bigint = koffi.alloc("uint8_t", size)
  const buffer = koffi.view(pointer, size)
  const bytes = Buffer.from(buffer)
  bytes.fill(0)
  return { pointer, view: new DataView(buffer), bytes }
}

/**
 * libnvidia-ml, every call on a thread of koffi's pool: a driver that hangs blocks that thread, not the attester.
 */
export class NvmlLibrary {
  readonly #koffi: Koffi
  readonly #handle: LibraryHandle
  readonly #calls = new Map<string, Declared>()
  readonly #blocks: Block[] = []
  #pending = 0

  private constructor(koffi: Koffi, path: string) {
    this.#koffi = koffi
    this.#handle = koffi.load(path)
    for (const [name, [args, optional]] of Object.entries(SIGNATURES)) {
      const native = this.#find(name, args, optional)
      if (native) this.#calls.set(name, { native, optional })
    }
  }

  /**
   * Loads the library, and the means to call it, which a device without NVIDIA boards never needs. Rejects when it
   * cannot be loaded or lacks a function that every driver since 2018 has.
   */
  static async load(path: string): Promise<NvmlLibrary> {
    const { default: koffi } = await import("koffi").catch(({ message }: Error) => {
      throw new Error(`calling it needs the package koffi, which is not installed here: ${message.split("\n")[0]}`)
    })
    return new NvmlLibrary(koffi, path)
  }

  #find(name: string, args: string[], optional: boolean): Native | undefined {
    try {
      return this.#handle.func(name, "int32_t", args)
    } catch (error) {
      if (optional) return undefined
      throw error
    }
  }

  /** Calls a function; true when it did its work, false when the device does not offer it. Throws `NvmlError`. */
  async call(name: string, ...args: (Pointer | number)[]): Promise<boolean> {
    const declared = this.#calls.get(name)
    if (!declared) return false
    const code = await this.#run(declared.native, args)
    if (code === SUCCESS) return true
    if (ABSENT.has(code)) return false
    throw new NvmlError(name, code, ERRORS.get(code) ?? "error")
  }

  #run(native: Native, args: (Pointer | number)[]): Promise<number> {
    this.#pending += 1
    return new Promise((resolve, reject) => {
      native.async(...args, (error: unknown, code: number) => {
        this.#pending -= 1
        if (error) reject(error)
        else resolve(code)
      })
    })
  }

  /** Zeroed memory that lives until `unload`. */
  block(size: number): Block {
    const block = allocate(this.#koffi, size)
    this.#blocks.push(block)
    return block
  }

  /** Frees everything, unless a hung call may still write to it: then memory is left to the end of the process. */
  unload(): void {
    if (this.#pending > 0) return
    for (const { pointer } of this.#blocks.splice(0)) this.#koffi.free(pointer)
    this.#handle.unload()
  }
}

const ERRORS = new Map([
  [1, "library not initialised"],
  [2, "invalid argument"],
  [4, "no permission"],
  [9, "driver not loaded"],
  [10, "time out in the driver"],
  [12, "driver library not found"],
  [15, "GPU has fallen off the bus"],
  [16, "GPU needs a reset"],
  [17, "operating system refused the device"],
  [18, "library and driver versions differ"],
  [999, "unknown driver error"],
])
