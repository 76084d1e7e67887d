import { type Context, jsonLine, printable } from "@wattest/command"

const WIDTH = 16
const text = (item: unknown) => printable(typeof item === "object" ? jsonLine(item).trimEnd() : String(item))

/** Named values, a line each; a list has a line for each of its items. */
const linesOf = (value: { readonly [name: string]: unknown }) =>
  Object.entries(value).map(([name, item]) => {
    const shown = Array.isArray(item) ? item.map((entry) => `\n  ${text(entry)}`).join("") : text(item)
    return `${name.padEnd(WIDTH)}${shown}\n`
  })

/** Every address in lower case, as documents have it; the chain's client prints them in another form. */
export function inOneForm<T>(value: T): T {
  if (typeof value === "string") return (/^0x[0-9a-fA-F]{40}$/.test(value) ? value.toLowerCase() : value) as T
  if (Array.isArray(value)) return value.map(inOneForm) as T
  if (value === null || typeof value !== "object") return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inOneForm(member)])) as T
}

/** Named values on standard output. */
export function print({ terminal, json }: Context, value: { readonly [name: string]: unknown }): void {
  const shown = inOneForm(value)
  terminal.print(json ? jsonLine(shown) : linesOf(shown).join(""))
}
