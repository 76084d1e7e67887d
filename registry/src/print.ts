import { type Context, jsonLine, printable } from "@wattest/command"

const WIDTH = 16
const text = (item: unknown) => printable(typeof item === "string" ? item : jsonLine(item).trimEnd())

/** Named values, a line each; a list has a line for each of its items. */
const linesOf = (value: { readonly [name: string]: unknown }) =>
  Object.entries(value).map(([name, item]) => {
    const shown = Array.isArray(item) ? item.map((entry) => `\n  ${text(entry)}`).join("") : text(item)
    return `${name.padEnd(WIDTH)}${shown}\n`
  })

/** Named values on standard output. */
export const print = ({ terminal, json }: Context, value: { readonly [name: string]: unknown }): void =>
  terminal.print(json ? jsonLine(value) : linesOf(value).join(""))
