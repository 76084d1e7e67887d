import { parseArgs } from "node:util"
import { UsageError } from "../errors.ts"
import type { Profile } from "../profile.ts"
import { printable, quoted } from "../world/printable.ts"
import type { Command } from "./command.ts"
import type { Given, Slot, Slots } from "./slot.ts"
import { toggle } from "./slot.ts"
import { closest } from "./suggest.ts"

/** Switches that every command has. */
export const EVERY: Slots = {
  json: toggle("answer for machines: JSON on standard output"),
  help: toggle("print this text; -h does too"),
}

export type Typed = {
  readonly options: ReadonlyMap<string, readonly Given[]>
  readonly operands: readonly string[]
  readonly rest: readonly string[]
  readonly wantsHelp: boolean
}

type Token = {
  readonly rawName: string
  readonly name: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

/** What an option token gives. Throws a UsageError where the option is unknown, or has no value or one too many. */
function givenBy({ rawName, name, value, inlineValue }: Token, slots: Slots, path: string): Given {
  const slot = Object.hasOwn(slots, name) ? slots[name] : undefined
  if (slot === undefined) {
    const near = closest(name, Object.keys(slots))
    throw new UsageError(
      `there is no option ${printable(rawName)}`,
      near === null ? `${path} --help` : `did you mean --${near}?`,
    )
  }
  const { placeholder } = slot
  if (placeholder === null) {
    if (value !== undefined) throw new UsageError(`--${name} takes no value, got ${quoted(value)}`, `write --${name}`)
    return { text: "", origin: `--${name}` }
  }
  // Where the value was forgotten, the next option would be taken for it.
  if (value === undefined || (!inlineValue && /^-./.test(value)))
    throw new UsageError(`--${name} has no value`, `write --${name} ${placeholder}, or --${name}=${placeholder}`)
  return { text: value, origin: `--${name}` }
}

function optionsFor(slots: Slots) {
  const entries = Object.entries(slots).map(([name, { placeholder }]) => {
    const type: "boolean" | "string" = placeholder === null ? "boolean" : "string"
    return [name, { type, multiple: true }] as const
  })
  return { ...Object.fromEntries(entries), h: { type: "boolean" as const, multiple: true } }
}

/** Sorts what was typed into options, operands and what stands behind `--`. Throws a UsageError. */
export function readTyped(args: readonly string[], command: Command, path: string): Typed {
  const slots = { ...command.options, ...EVERY }
  const { tokens } = parseArgs({
    args: [...args],
    options: optionsFor(slots),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const options = new Map<string, Given[]>()
  const operands: string[] = []
  const end = tokens.find(({ kind }) => kind === "option-terminator")?.index ?? Number.POSITIVE_INFINITY
  for (const token of tokens) {
    if (token.kind === "positional" && token.index < end) operands.push(token.value)
    if (token.kind !== "option") continue
    if (token.rawName === "-h") return { options, operands, rest: [], wantsHelp: true }
    const given = givenBy(token, slots, path)
    const before = options.get(token.name)
    if (before !== undefined && !slots[token.name]?.repeated && slots[token.name]?.placeholder !== null)
      throw new UsageError(`--${token.name} is given twice`, "give it once")
    options.set(token.name, [...(before ?? []), given])
  }
  const behind = args.slice(end + 1)
  if (command.rest === undefined) operands.push(...behind)
  const rest = command.rest === undefined ? [] : behind
  return { options, operands, rest, wantsHelp: options.has("help") }
}

/** What holds of an option that was not typed: environment, then profile, then default. */
function otherwise(
  name: string,
  slot: Slot<unknown>,
  environment: NodeJS.ProcessEnv,
  profile: Profile | null,
): Given[] {
  const { environment: variable, profile: field, standard } = slot
  const set = variable === undefined ? undefined : environment[variable]
  if (variable !== undefined && set !== undefined && set !== "") return [{ text: set, origin: variable }]
  const written = field === undefined ? undefined : profile?.fields[field]
  if (written !== undefined) return [{ text: written, origin: `${field} in ${profile?.file}` }]
  return standard === undefined ? [] : [{ text: standard, origin: `default of --${name}` }]
}

function missing(name: string, { placeholder, environment, profile }: Slot<unknown>): UsageError {
  const places = [
    `give --${name} ${placeholder}`,
    ...(environment === undefined ? [] : [`set ${environment}`]),
    ...(profile === undefined ? [] : [`write it into wattest.json (wattest init)`]),
  ]
  return new UsageError(`--${name} is missing`, places.join(", or "))
}

/** Every option of a command with where its value comes from. Throws a UsageError where one is missing. */
export function withDefaults(
  { options: slots }: Command,
  typed: Typed["options"],
  { environment, profile }: { readonly environment: NodeJS.ProcessEnv; readonly profile: Profile | null },
): ReadonlyMap<string, readonly Given[]> {
  const all = new Map<string, readonly Given[]>()
  for (const [name, slot] of Object.entries(slots)) {
    const given = typed.get(name) ?? otherwise(name, slot, environment, profile)
    if (slot.required && given.length === 0) throw missing(name, slot)
    all.set(name, given)
  }
  return all
}

export const operandName = (name: string, { repeated }: Slot<unknown>) => `${name.toUpperCase()}${repeated ? "…" : ""}`

/** Operands by their names, in the table's order; only the last one may repeat. Throws a UsageError. */
export function nameOperands({ operands: slots }: Command, typed: readonly string[], path: string) {
  const named = new Map<string, readonly Given[]>()
  let at = 0
  for (const [name, slot] of Object.entries(slots)) {
    const taken = slot.repeated ? typed.slice(at) : typed.slice(at, at + 1)
    if (slot.required && taken.length === 0)
      throw new UsageError(`${operandName(name, slot)} is missing: ${slot.help}`, `${path} --help`)
    named.set(
      name,
      taken.map((text) => ({ text, origin: operandName(name, { ...slot, repeated: false }) })),
    )
    at += taken.length
  }
  const extra = typed[at]
  if (extra !== undefined) throw new UsageError(`nothing takes ${quoted(extra)}`, `${path} --help`)
  return named
}
