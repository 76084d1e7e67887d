import { type Context, jsonLine, rows } from "@wattest/command"

/** What a command says about the document that it wrote. */
export type Written = { readonly [name: string]: string | number }

/** Says on standard output what was written: a line for machines, or rows for people. */
export function report({ terminal, json }: Context, written: Written): void {
  terminal.print(json ? jsonLine(written) : rows(Object.entries(written).map(([name, value]) => [name, `${value}`])))
}
