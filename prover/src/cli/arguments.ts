import { type ParseArgsOptionsConfig, parseArgs } from "node:util"
import type { Hex } from "@wattest/protocol"

/** A command line that makes no sense: exit 2. */
export class UsageError extends Error {}

export type Arguments = {
  /** Throws a UsageError where the option is not given. */
  readonly need: (name: string) => string
  readonly find: (name: string) => string | undefined
  readonly all: (name: string) => readonly string[]
  readonly flag: (name: string) => boolean
}

/** Options that are texts (given once), lists (given again and again) and flags; `--json` and `--help` are always flags. */
export type OptionNames = {
  readonly texts: readonly string[]
  readonly lists?: readonly string[]
  readonly flags?: readonly string[]
}

export function readArguments(args: readonly string[], { texts, lists = [], flags = [] }: OptionNames): Arguments {
  const options: ParseArgsOptionsConfig = {}
  for (const name of [...texts, ...lists]) options[name] = { type: "string", multiple: true }
  for (const name of [...flags, "json", "help"]) options[name] = { type: "boolean" }
  const values = parse(args, options)
  for (const name of texts)
    if (Array.isArray(values[name]) && values[name].length > 1) throw new UsageError(`--${name} is given twice`)
  const all = (name: string) => (Array.isArray(values[name]) ? (values[name] as string[]) : [])
  return {
    all,
    find: (name) => all(name)[0],
    flag: (name) => values[name] === true,
    need: (name) => {
      const value = all(name)[0]
      if (value === undefined) throw new UsageError(`--${name} is missing`)
      return value
    },
  }
}

function parse(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** A 32-byte id. Throws a UsageError. */
export function readWord(text: string, name: string): Hex {
  if (!/^0x[0-9a-f]{64}$/.test(text))
    throw new UsageError(`--${name}: expected 0x and 64 lower-case hexadecimal digits`)
  return text as Hex
}

export function readWhole(text: string, name: string): bigint {
  if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text)) throw new UsageError(`--${name}: "${text}" is not a whole number`)
  return BigInt(text)
}

/** `A` or `A-B`, both ends included. Throws a UsageError. */
export function readRange(text: string, name: string): { readonly first: bigint; readonly last: bigint } {
  const [from = "", to = from, ...more] = text.split("-")
  if (more.length > 0) throw new UsageError(`--${name}: expected A or A-B`)
  const range = { first: readWhole(from, name), last: readWhole(to, name) }
  if (range.last < range.first) throw new UsageError(`--${name}: ${range.last} is before ${range.first}`)
  return range
}
