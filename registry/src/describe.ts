import { type Context, grid, jsonLine, rows } from "@wattest/command"
import type { deviceState, memberState } from "./device-state.ts"
import { inOneForm } from "./print.ts"

/** In the registry's times: it has not happened. */
const NEVER = 2n ** 64n - 1n

const time = (seconds: bigint) => {
  if (seconds === NEVER) return "never"
  if (seconds === 0n) return "-"
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z")
}

type Member = ReturnType<typeof memberState>

export type Listed = {
  readonly ledger: string
  readonly operator: string
  readonly voucher: string
  readonly length: bigint
  readonly head: string
  readonly deviceCount: bigint
  readonly vouchedCount: bigint
  readonly devices: readonly Member[]
  readonly checkpoints: readonly { readonly length: bigint; readonly time: bigint }[]
  readonly suspicions: readonly { readonly since: bigint; readonly until: bigint }[]
}

const DEVICES = ["DEVICE", "BOUNDARY", "STATE", "RUNS", "ENROLLED", "ANCHORED UP TO"] as const

const deviceLine = ({ device, boundary, state, nextRun, enrolledAt, through }: Member) => [
  ...[device, boundary, state, `${nextRun}`],
  ...[time(enrolledAt), time(through)],
]

/** A ledger for people. */
export function describeLedger(found: Listed): string {
  const { ledger, operator, voucher, length, head, deviceCount, vouchedCount, devices, checkpoints, suspicions } = found
  const last = checkpoints.at(-1)
  const said = rows([
    ["ledger", ledger],
    ["operator", operator],
    ["voucher", voucher],
    ["devices", `${deviceCount} enrolled, ${vouchedCount} vouched for`],
    ["runs", `${length} anchored${last === undefined ? "" : `, the last at ${time(last.time)}`}`],
    ["head", head],
    ["checkpoints", `${checkpoints.length}`],
    ...suspicions.map(({ since, until }) => ["void", `anchors from ${time(since)} to ${time(until)}`] as const),
  ])
  return devices.length === 0 ? said : `${said}\n${grid(DEVICES, devices.map(deviceLine))}`
}

export type Shown = Awaited<ReturnType<typeof deviceState>> & {
  readonly evidence: string
  readonly roots: readonly string[]
}

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
    ["enrolled", time(enrolledAt)],
    ["retired", time(endedAt)],
    ["withdrawn", time(since)],
    ["runs", `${nextRun} anchored, up to ${time(through)}`],
  ])
  const roots = found.roots.map((root, run) => [`${run}`, /^0x0+$/.test(root) ? "void" : root])
  return roots.length === 0 ? said : `${said}\n${grid(["RUN", "ROOT"], roots)}`
}

/** JSON for machines, else what `describe` makes of it. */
export function tell<T>({ terminal, json }: Context, found: T, describe: (found: T) => string): void {
  const shown = inOneForm(found)
  terminal.print(json ? jsonLine(shown) : describe(shown))
}
