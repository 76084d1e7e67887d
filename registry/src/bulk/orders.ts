import { dirname, resolve } from "node:path"
import {
  address,
  CommandError,
  deviceId,
  digest,
  explainError,
  type Hex,
  UsageError,
  ValueError,
} from "@wattest/command"
import { deviceIdOf } from "@wattest/protocol"
import { enrolment, readEnrolment } from "../commands/enrol.ts"
import { vouch } from "../commands/vouch.ts"
import type { Target } from "../target.ts"
import type { Write } from "../write.ts"
import { type Line, type LineFault, readTable, type Say, tellLines } from "./table.ts"

/** What one line asks for. */
export type Order = {
  readonly line: number
  readonly device: Hex
  readonly write: Write
  /** Of a vouch: what the chain says once it is done. */
  readonly vouched: { readonly operator: Hex; readonly evidence: Hex } | null
  /** Of what a device signed: throws a UsageError where it is for another registry. */
  readonly checkFor: ((target: Target) => void) | null
}

/** What is wrong with a line; null where the fault is not the line's. */
function reasonOf(error: unknown): string | null {
  if (error instanceof ValueError || error instanceof CommandError) return error.message
  return explainError(error)?.message ?? null
}

/** Does it for each line that has this number. Throws a UsageError once all that are wrong are named. */
function eachLine<T, R>(path: string, lines: readonly (readonly [number, T])[], say: Say, work: (line: T) => R) {
  const wrong: LineFault[] = []
  const results = lines.flatMap(([number, line]): R[] => {
    try {
      return [work(line)]
    } catch (error) {
      const reason = reasonOf(error)
      if (reason === null) throw error
      wrong.push({ line: number, reason })
      return []
    }
  })
  if (wrong.length === 0) return results
  tellLines(wrong, say)
  throw new UsageError(
    `${path}: ${wrong.length} of ${lines.length} lines are wrong`,
    "nothing was sent; mend them and try again",
  )
}

/** What all lines ask for, each device once. Throws a UsageError. */
function readAll(path: string, columns: readonly string[], say: Say, read: (line: Line) => Order): readonly Order[] {
  const seen = new Map<Hex, number>()
  const lines = readTable(path, columns).map((line) => [line.number, line] as const)
  return eachLine(path, lines, say, (line) => {
    const order = read(line)
    const before = seen.get(order.device)
    if (before !== undefined) throw new ValueError(`names ${order.device}, as line ${before} does`, "once is enough")
    seen.set(order.device, line.number)
    return order
  })
}

function cell<T>({ cells }: Line, name: string, { parse }: { readonly parse: (text: string) => T }): T {
  const text = cells[name] ?? ""
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    throw new ValueError(`${name} ${JSON.stringify(text.slice(0, 80))} ${error.message}`, error.hint)
  }
}

/** Vouches of a table with the columns device, operator and evidence. Throws a UsageError. */
export function vouchesIn(path: string, say: Say): readonly Order[] {
  return readAll(path, ["device", "operator", "evidence"], say, (line) => {
    const device = cell(line, "device", deviceId)
    const vouched = { operator: cell(line, "operator", address), evidence: cell(line, "evidence", digest) }
    return {
      line: line.number,
      device,
      write: vouch(device, vouched.operator, vouched.evidence),
      vouched,
      checkFor: null,
    }
  })
}

/**
 * Enrolments of a table with the column enrolment: paths, from the table's folder on, of what devices printed. Throws a
 * UsageError.
 */
export function enrolmentsIn(path: string, say: Say): readonly Order[] {
  return readAll(path, ["enrolment"], say, (line) => {
    const signed = readEnrolment(resolve(dirname(path), line.cells.enrolment ?? ""))
    const device = deviceIdOf({ scheme: signed.scheme, key: signed.key })
    return { line: line.number, device, write: enrolment(signed), vouched: null, checkFor: signed.checkFor }
  })
}

/** Every order must be for this registry. Throws a UsageError that names the lines of others, before anything is sent. */
export function checkOrdersFor(target: Target, orders: readonly Order[], path: string, say: Say): void {
  const lines = orders.map((order) => [order.line, order] as const)
  eachLine(path, lines, say, ({ checkFor }) => checkFor?.(target))
}
