import { readdirSync } from "node:fs"
import { UsageError } from "@wattest/command"
import type { Row } from "./bench/rows/row.ts"

const FOLDER = new URL("./bench/", import.meta.url)
const names = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -3))

const verdict = ({ value, goal, goalIsFloor = false }: Row) =>
  goal === undefined
    ? ""
    : `${goalIsFloor ? "≥" : "≤"} ${goal} ${goalIsFloor === value >= goal || value === goal ? "met" : "MISSED"}`

const rounded = (value: number) => String(Number.isInteger(value) ? value : Number(value.toPrecision(4)))

function table(rows: Row[]): string {
  const cells = rows.map((row) => [row.key, rounded(row.value), row.unit, verdict(row)])
  const widths = [0, 1, 2].map((i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)))
  const line = (row: string[]) =>
    row.map((cell, i) => (i === 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ")
  return cells.map((row) => line(row).trimEnd()).join("\n")
}

const USAGE = `usage: npm run bench -- NAME [--json] [options of that benchmark]

Measures, and holds what is measured against its goals, a peer or a physical limit of the same run.
NAME is one of ${names.join(", ")}.

Examples:
  npm run bench -- gas
  npm run bench -- prove --json
  npm run bench -- fleet --devices 100000 --chain geth --days 2

Exit codes: 0 done, also where a goal is missed; 2 usage.`

const [name, ...rest] = process.argv.slice(2)
if (name === "--help") {
  console.log(USAGE)
  process.exit(0)
}
if (name === undefined || !names.includes(name)) {
  console.error(`error: ${name === undefined ? "no benchmark named" : `no benchmark "${name}"`}`)
  console.error("hint: npm run bench -- --help")
  process.exit(2)
}
const { run } = await import(new URL(`${name}.ts`, FOLDER).href)
const rows: Row[] = await run(rest.filter((option) => option !== "--json")).catch(
  (error: Error & { code?: string }) => {
    if (!(error instanceof UsageError) && !error.code?.startsWith("ERR_PARSE_ARGS")) throw error
    console.error(`error: ${error.message}`)
    console.error(`hint: ${error instanceof UsageError ? error.hint : "npm run bench -- --help"}`)
    process.exit(2)
  },
)
console.log(rest.includes("--json") ? JSON.stringify(rows, null, 2) : table(rows))
process.exit(0)
