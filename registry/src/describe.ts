import type { Block } from "@wattest/client"
import { type Context, grid, jsonLine, rows } from "@wattest/command"
import type { OperatorSums } from "./books/ledgers.ts"
import type { listLedgers } from "./commands/list.ts"
import type { deviceState, memberState } from "./device-state.ts"
import { inOneForm } from "./print.ts"
import { NEVER, when } from "./when.ts"

type Member = ReturnType<typeof memberState>

export type Listed = {
  readonly ledger: string
  readonly operator: string
  readonly voucher: string
  readonly length: bigint
  readonly head: string
  readonly deviceCount: bigint
  readonly vouchedCount: bigint
  readonly devices: readonly ListedDevice[]
  readonly checkpoints: readonly { readonly length: bigint; readonly time: bigint }[]
  readonly suspicions: readonly { readonly since: bigint; readonly until: bigint }[]
} & Stood

const count = (value: bigint | number) => value.toLocaleString("en")

/** Where an answer stands that an index took part in: `chain` is what the chain said too. */
export type Stood = { readonly asOf?: Block; readonly index?: string }

const stoodLine = ({ asOf, index }: Stood) =>
  asOf === undefined || index === undefined
    ? []
    : [
        [
          "as of",
          `block ${count(asOf.number)}, ${when(asOf.time)}; found by ${index}, and the chain says the same`,
        ] as const,
      ]

const DEVICES = ["DEVICE", "BOUNDARY", "STATE", "RUNS", "ENROLLED", "ANCHORED UP TO"] as const

type ListedDevice = Member & { readonly anchoredAt?: number | null }

const deviceLine = ({ device, boundary, state, nextRun, enrolledAt, through, anchoredAt }: ListedDevice) => [
  ...[device, boundary, state, count(nextRun)],
  ...[when(enrolledAt), when(through)],
  ...(anchoredAt === undefined ? [] : [when(anchoredAt)]),
]

/** A ledger for people. */
export function describeLedger(found: Listed): string {
  const { ledger, operator, voucher, length, head, deviceCount, vouchedCount, devices, checkpoints, suspicions } = found
  const last = checkpoints.at(-1)
  const said = rows([
    ["ledger", ledger],
    ["operator", operator],
    ["voucher", voucher],
    ["devices", `${count(deviceCount)} enrolled, ${count(vouchedCount)} vouched for`],
    ["runs", `${count(length)} anchored${last === undefined ? "" : `, the last at ${when(last.time)}`}`],
    ["head", head],
    ["checkpoints", count(checkpoints.length)],
    ...suspicions.map(({ since, until }) => ["void", `anchors from ${when(since)} to ${when(until)}`] as const),
    ...stoodLine(found),
  ])
  const heading = found.index === undefined ? DEVICES : [...DEVICES, "LAST ANCHOR (as the index says)"]
  return devices.length === 0 ? said : `${said}\n${grid(heading, devices.map(deviceLine))}`
}

const plural = (items: readonly unknown[], noun: string) =>
  `${count(items.length)} ${noun}${items.length === 1 ? "" : "s"}`

export type ListedLedgers = Awaited<ReturnType<typeof listLedgers>> & Stood

/** An operator's ledgers for people. */
export function describeLedgers(found: ListedLedgers): string {
  const said = rows([["operator", found.operator], ["ledgers", count(found.ledgers.length)], ...stoodLine(found)])
  if (found.ledgers.length === 0) return said
  const lines = found.ledgers.map(({ ledger, voucher, devices, vouched, length }) => [
    ...[ledger, voucher, count(devices), count(vouched), count(length)],
  ])
  return `${said}\n${grid(["LEDGER", "VOUCHER", "DEVICES", "VOUCHED FOR", "RUNS"], lines)}`
}

export type ListedOperators = { readonly operators: readonly OperatorSums[] } & Stood

/** Operators for people. */
export function describeOperators(found: ListedOperators): string {
  const { operators } = found
  const lines = operators.map(({ operator, ledgers, devices, runs }) => [
    ...[operator, count(ledgers), count(devices), count(runs)],
  ])
  const said = rows([["operators", plural(operators, "account")], ...stoodLine(found)])
  return operators.length === 0 ? said : `${said}\n${grid(["OPERATOR", "LEDGERS", "DEVICES", "RUNS"], lines)}`
}

export type Shown = Awaited<ReturnType<typeof deviceState>> & {
  readonly evidence: string
  readonly roots: readonly string[]
  /** As the index says it, of each run. */
  readonly anchoredAt?: readonly number[]
} & Stood

/** A device for people; a root of 0 is a void run. */
export function describeDevice(found: Shown): string {
  const { device, state, boundary, operator, voucher, evidence, nextRun, enrolledAt, through, endedAt, since } = found
  const said = rows([
    ["device", device],
    ["state", state],
    ["boundary", boundary],
    ["operator", operator],
    ["voucher", voucher],
    ["evidence", evidence],
    ["enrolled", when(enrolledAt)],
    ["retired", when(endedAt)],
    ["withdrawn", when(since)],
    ["runs", `${count(nextRun)} anchored, up to ${when(through)}`],
    ...stoodLine(found),
  ])
  const { anchoredAt } = found
  const roots = found.roots.map((root, run) => [
    ...[`${run}`, /^0x0+$/.test(root) ? "void" : root],
    ...(anchoredAt === undefined ? [] : [when(anchoredAt[run] ?? null)]),
  ])
  const heading = anchoredAt === undefined ? ["RUN", "ROOT"] : ["RUN", "ROOT", "ANCHORED (as the index says)"]
  return roots.length === 0 ? said : `${said}\n${grid(heading, roots)}`
}

/** In JSON, what has not happened is null. */
const happened = (value: unknown): unknown => {
  if (value === NEVER) return null
  if (Array.isArray(value)) return value.map(happened)
  if (value === null || typeof value !== "object") return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, happened(member)]))
}

/** JSON for machines, else what `describe` makes of it. */
export function tell<T>({ terminal, json }: Context, found: T, describe: (found: T) => string): void {
  const shown = inOneForm(found)
  terminal.print(json ? jsonLine(happened(shown)) : describe(shown))
}
