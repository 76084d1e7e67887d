import { isPositiveDecimal, multiplyDecimals, numberToDecimal, scaleByTen } from "../decimal.ts"
import type { Options } from "../options.ts"
import type { Unit } from "../source.ts"
import { unitFromOptions } from "../units.ts"

const TYPES = ["uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"] as const
export type RegisterType = (typeof TYPES)[number]

const QUANTITIES = ["power", "energy", "water", "inletTemperature", "outletTemperature"] as const

/** One value of a meter: where it lies and how its bytes become a decimal. */
export type Register = {
  readonly name: string
  readonly quantity: (typeof QUANTITIES)[number]
  readonly unit: Unit
  readonly table: "holding" | "input"
  /** As sent on the wire, from 0: a manual's 30053 or 40053 is 52. */
  readonly address: number
  readonly type: RegisterType
  readonly wordOrder: "big" | "little"
  /** Power of ten from the stored integer to the unit. */
  readonly exponent: number
  /** What one count stands for beside that, a plain decimal: litres a pulse, a transformer's ratio. */
  readonly factor: string
  /** An integer that the meter stores where it has no value. */
  readonly absent?: string
}

/** One entry of a meter's register map, strictly. */
export const registerFromOptions = (options: Options): Register => {
  const quantity = options.choice("quantity", QUANTITIES)
  const absent = options.optionalText("absent")
  if (absent !== undefined && !/^-?\d{1,20}$/.test(absent)) options.fail("absent", "must be an integer as text")
  const factor = options.text("factor", "1")
  if (!isPositiveDecimal(factor)) options.fail("factor", "must be a decimal number above 0 as text")
  const { unit, exponent: shift } = unitFromOptions(options, quantity)
  const register = {
    name: options.text("name"),
    quantity,
    unit,
    factor,
    table: options.choice("table", ["holding", "input"]),
    address: options.integer("address", { lo: 0, hi: 65_535 }),
    type: options.choice("type", TYPES),
    wordOrder: options.choice("wordOrder", ["big", "little"], "big"),
    exponent: options.integer("exponent", { lo: -12, hi: 12, default: 0 }) + shift,
    ...(absent !== undefined && { absent }),
  }
  options.end()
  return register
}

/** Number of 16-bit registers that a type takes. */
export const wordCount = (type: RegisterType): number => Number(type.replace(/\D+/, "")) / 16

/** The decimal in a register's bytes; null for its mark of absence, NaN and the infinities. */
export const decodeRegister = (register: Register, bytes: Buffer): string | null => {
  const ordered = register.wordOrder === "big" ? bytes : swapWords(bytes)
  const raw = READERS[register.type](ordered)
  const decimal = numberToDecimal(raw)
  if (decimal === null || decimal === register.absent) return null
  return scaled(decimal, register)
}

/** A stored number in the register's unit. */
const scaled = (decimal: string, { exponent, factor }: Register): string => {
  const counted = factor === "1" ? decimal : multiplyDecimals(decimal, factor)
  return exponent === 0 ? counted : scaleByTen(counted, exponent)
}

/** The smallest change that an integer register can show, in its unit; 0 for floats, which state none. */
export const stepOf = (register: Register): number =>
  register.type.startsWith("float") ? 0 : Number(scaled("1", register))

const READERS: Record<RegisterType, (bytes: Buffer) => number | bigint> = {
  uint16: (bytes) => bytes.readUInt16BE(0),
  int16: (bytes) => bytes.readInt16BE(0),
  uint32: (bytes) => bytes.readUInt32BE(0),
  int32: (bytes) => bytes.readInt32BE(0),
  uint64: (bytes) => bytes.readBigUInt64BE(0),
  int64: (bytes) => bytes.readBigInt64BE(0),
  float32: (bytes) => bytes.readFloatBE(0),
  float64: (bytes) => bytes.readDoubleBE(0),
}

/** Registers are big-endian; some meters send the low word of a pair first. */
const swapWords = (bytes: Buffer): Buffer => {
  const words = Array.from({ length: bytes.length / 2 }, (_, index) => bytes.subarray(2 * index, 2 * index + 2))
  return Buffer.concat(words.reverse())
}

/** Where an unsigned counter returns to 0, in its unit. */
export const wrapOf = (register: Register): string | undefined => {
  const { quantity, type } = register
  return quantity === "energy" && (type === "uint16" || type === "uint32")
    ? scaled(String(2 ** (16 * wordCount(type))), register)
    : undefined
}
