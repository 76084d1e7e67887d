import { dirname, resolve } from "node:path"
import { address, CommandError, deviceId, digest, type Hex, UsageError, ValueError } from "@wattest/command"
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
}

/** Every line that is wrong, before anything is asked or sent. Throws a UsageError that names them. */
function readAll(path: string, columns: readonly string[], say: Say, read: (line: Line) => Order): readonly Order[] {
  const lines = readTable(path, columns)
  const orders: Order[] = []
  const wrong: LineFault[] = []
  const seen = new Map<Hex, number>()
  for (const line of lines)
    try {
      const order = read(line)
      const before = seen.get(order.device)
      if (before !== undefined) throw new ValueError(`names ${order.device}, as line ${before} does`, "once is enough")
      seen.set(order.device, line.number)
      orders.push(order)
    } catch (error) {
      const isTold = error instanceof ValueError || error instanceof CommandError || isMissing(error)
      if (!isTold) throw error
      wrong.push({ line: line.number, reason: (error as Error).message })
    }
  if (wrong.length === 0) return orders
  tellLines(wrong, say)
  throw new UsageError(
    `${path}: ${wrong.length} of ${lines.length} lines are wrong`,
    "nothing was sent; mend them and try again",
  )
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT"

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
    return { line: line.number, device, write: vouch(device, vouched.operator, vouched.evidence), vouched }
  })
}

/**
 * Enrolments of a table with the column enrolment: paths, from the table's folder on, of what devices printed. Throws a
 * UsageError.
 */
export function enrolmentsIn(path: string, target: Target, say: Say): readonly Order[] {
  return readAll(path, ["enrolment"], say, (line) => {
    const signed = readEnrolment(target, resolve(dirname(path), line.cells.enrolment ?? ""))
    const device = deviceIdOf({ scheme: signed.scheme, key: signed.key })
    return { line: line.number, device, write: enrolment(signed), vouched: null }
  })
}
