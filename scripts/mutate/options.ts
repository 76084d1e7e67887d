import { execFileSync } from "node:child_process"
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { MEMBERS } from "./sources.ts"

const HELP = `npm run mutate -- MEMBER… [options]

Changes one line at a time, in a copy of the tree, and runs the tests that come near it until one fails. What no test
notices is shown as a diff. What is known is kept in build/mutation and not tried again while source and tests stand.

  MEMBER            protocol, verifier, …, contracts, circuits; "all" for every one
  --file TEXT       only files whose path contains it
  --bounds          only comparisons: each bound moved by one, and each turned round
  --test TEXT       only tests whose path contains it judge: what do they alone notice?
  --sample N        so many mutants, drawn by the seed
  --seed TEXT       another draw
  --changed REV     files changed since this revision come first
  --minutes N       end after this, whatever is still to be tried
  --patience N      seconds of tests spent on one mutant (60)
  --judges N        tests spent on one mutant, at most: the same ones on a slow machine
  --workers N       trees in which mutants are tried side by side (one a core)
  --floor N         exit 1 if fewer percent are noticed, and luck of the draw cannot be why
  --report          try nothing; write into docs/testing.md what is known better here than there
  --json            for machines

  npm run mutate -- verifier --file chain/ --minutes 30
  npm run mutate -- verifier --file certificate/ --bounds --test conformance
  npm run mutate -- all --sample 60 --minutes 5 --floor 70

Exit codes: 0 done, 1 below the floor, 2 usage.`

export interface Options {
  readonly members: readonly string[]
  readonly file: string
  readonly bounds: boolean
  readonly test: string
  readonly sample: number
  readonly seed: string
  readonly changed: readonly string[]
  readonly minutes: number
  readonly patience: number
  readonly judges: number
  readonly workers: number
  readonly floor: number
  readonly report: boolean
  readonly json: boolean
}

const OPTIONS = {
  file: { type: "string", default: "" },
  bounds: { type: "boolean", default: false },
  test: { type: "string", default: "" },
  sample: { type: "string", default: "Infinity" },
  seed: { type: "string", default: "wattest" },
  changed: { type: "string" },
  minutes: { type: "string", default: "Infinity" },
  patience: { type: "string", default: "60" },
  judges: { type: "string", default: "Infinity" },
  workers: { type: "string", default: String(availableParallelism()) },
  floor: { type: "string", default: "0" },
  report: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const

/** What the command line asks for. Ends the process with help, or with what is wrong. */
export function parseOptions(argv: readonly string[]): Options {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
    if (values.help) {
      console.log(HELP)
      process.exit(0)
    }
    return {
      ...values,
      members: membersOf(positionals),
      sample: numberOf("sample", values.sample),
      minutes: numberOf("minutes", values.minutes),
      patience: numberOf("patience", values.patience),
      judges: numberOf("judges", values.judges),
      workers: numberOf("workers", values.workers),
      floor: numberOf("floor", values.floor),
      changed: values.changed === undefined ? [] : changedSince(values.changed),
    }
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`)
    console.error("hint: npm run mutate -- --help")
    process.exit(2)
  }
}

function membersOf(names: readonly string[]): readonly string[] {
  if (names.includes("all")) return MEMBERS
  const unknown = names.find((name) => !MEMBERS.includes(name))
  if (names.length > 0 && unknown === undefined) return names
  throw new Error(
    `${unknown === undefined ? "no member named" : `no member "${unknown}"`}: name some of ${MEMBERS.join(", ")}, all`,
  )
}

function numberOf(name: string, value: string): number {
  const number = Number(value)
  if (value.trim() === "" || Number.isNaN(number) || number < 0)
    throw new Error(`--${name} is a number, not "${value}"`)
  return number
}

const changedSince = (revision: string) =>
  execFileSync("git", ["diff", "--name-only", revision, "--"], { encoding: "utf8" }).split("\n")
