import type modbus from "modbus-serial"
import { accuracy } from "../accuracy.ts"
import { requireEach } from "../complete.ts"
import { toSourceError } from "../guard.ts"
import { type Meter, meterFromOptions } from "../meter.ts"
import type { Options } from "../options.ts"
import { type SensorValue, type Source, SourceError } from "../source.ts"
import { decodeRegister, type Register, registerFromOptions, stepOf, wordCount, wrapOf } from "./modbus-registers.ts"

export type ModbusOptions = {
  readonly id: string
  readonly periodMs: number
  readonly host: string
  readonly port: number
  readonly unitId: number
  readonly registers: readonly Register[]
  readonly meter: Meter
}

const ACCURACY = accuracy({ gainLimit: 0.01, updateMs: 1000, origin: "assumed: class 1 (IEC 62053-21)" })
const EXCHANGE_MS = 1000

/** `host`, `port`, `unitId`, `registers` (see `registerFromOptions`), and the meter. */
export const modbusFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const host = options.text("host")
  const port = options.integer("port", { lo: 1, hi: 65_535, default: 502 })
  const unitId = options.integer("unitId", { lo: 0, hi: 255, default: 1 })
  const registers = options.objects("registers").map(registerFromOptions)
  const names = new Set(registers.map(({ name }) => name))
  if (names.size !== registers.length) options.fail("registers", "must have different names")
  return createModbus({
    id,
    periodMs,
    host,
    port,
    unitId,
    registers,
    meter: meterFromOptions(options, "rack", ACCURACY),
  })
}

type Client = InstanceType<typeof modbus.default>

/** A meter over Modbus TCP, read by a map of its registers. */
export const createModbus = (options: ModbusOptions): Source => {
  const { id, periodMs } = options
  let client: Client | undefined
  const close = async () => {
    const closing = client
    client = undefined
    if (closing) await new Promise<void>((resolve) => closing.destroy(resolve))
  }
  return {
    id,
    periodMs,
    close,
    read: async (signal) => {
      const abort = () => void close()
      signal.addEventListener("abort", abort, { once: true })
      try {
        client ??= await connect(options)
        const values: SensorValue[] = []
        for (const register of options.registers) values.push(...(await readRegister(client, register, options)))
        const names = options.registers.map(({ name }) => name)
        return requireEach(id, names, values)
      } catch (error) {
        if (error instanceof SourceError && error.values.length > 0) throw error
        await close()
        throw fault(id, error)
      } finally {
        signal.removeEventListener("abort", abort)
      }
    },
  }
}

const connect = async ({ host, port, unitId }: ModbusOptions): Promise<Client> => {
  const { default: library } = await import("modbus-serial")
  const client = new library.default()
  await client.connectTCP(host, { port, timeout: EXCHANGE_MS })
  client.setID(unitId)
  client.setTimeout(EXCHANGE_MS)
  return client
}

const readRegister = async (
  client: Client,
  register: Register,
  { id, meter }: ModbusOptions,
): Promise<SensorValue[]> => {
  const { name, quantity, unit, table, address, type } = register
  const count = wordCount(type)
  const { buffer } = await (table === "holding"
    ? client.readHoldingRegisters(address, count)
    : client.readInputRegisters(address, count))
  if (buffer.length !== 2 * count)
    throw new SourceError(id, "malformed", `${name}: ${buffer.length} bytes, not ${2 * count}`)
  const value = decodeRegister(register, buffer)
  if (value === null) return []
  const step = Math.max(meter.accuracy.step, stepOf(register))
  const wrapsAt = wrapOf(register)
  const common = { surface: "modbus", timeMs: Date.now(), ...meter, accuracy: { ...meter.accuracy, step } }
  return [{ sensor: name, quantity, unit, value, ...common, ...(wrapsAt !== undefined && { wrapsAt }) }]
}

/** Exceptions of the meter (codes 1 to 3: no such function, address, value) and broken exchanges as faults. */
const fault = (id: string, error: unknown): SourceError => {
  const { modbusCode, name, message, errno } = error as Error & { modbusCode?: number; errno?: unknown }
  if (modbusCode !== undefined) return new SourceError(id, modbusCode <= 3 ? "unsupported" : "failed", message)
  if (name === "TransactionTimedOutError" || errno === "ETIMEDOUT")
    return new SourceError(id, "timeout", "the meter does not answer")
  if (/CRC|length|Unexpected/i.test(message ?? "")) return new SourceError(id, "malformed", message)
  return toSourceError(id, error)
}
