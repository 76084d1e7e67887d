import type { Boundary } from "@wattest/protocol"
import type { RunFact, VouchFact } from "../facts.ts"
import { type DeskFinding, deskFinding, type Shown } from "./findings.ts"

/** A meter in one role of one device for some time. */
type Use = {
  readonly serial: string
  readonly role: string
  readonly boundary: Boundary
  readonly device: string
  readonly share: number
  readonly startMs: number
  readonly endMs: number
  readonly document: string
}

/** Shares are decimals of at most nine places: sums that differ by less are equal. */
const LEAST = 1e-9

function usesOf(run: Shown<RunFact>, vouches: ReadonlyMap<string, VouchFact>): readonly Use[] {
  const vouched = run.vouchDocument === null ? undefined : vouches.get(run.vouchDocument)
  const serials = new Map(vouched?.sensors.map(({ id, serial }) => [id, serial]))
  const { boundary, device, startMs, endMs, document } = run
  return run.uses.flatMap(({ sensor, role, share }) => {
    const serial = serials.get(sensor) ?? ""
    return serial === "" ? [] : [{ serial, role, boundary, device, share, startMs, endMs, document }]
  })
}

/** The uses that run at a moment; a run that ends there has ended. */
const usesAt = (uses: readonly Use[], ms: number) => uses.filter(({ startMs, endMs }) => startMs <= ms && ms < endMs)

/** What the uses of one moment count, a device once: its repeated certificate is no second use. */
function sumOf(uses: readonly Use[]): number {
  const shares = new Map(uses.map(({ device, share }) => [device, share]))
  return [...shares.values()].reduce((sum, share) => sum + share, 0)
}

function sharedIn(uses: readonly Use[]): readonly DeskFinding[] {
  const [first] = uses
  if (first === undefined || new Set(uses.map(({ device }) => device)).size < 2) return []
  // What overlaps somewhere overlaps where one of them begins.
  for (const { startMs } of uses) {
    const together = usesAt(uses, startMs)
    const devices = new Set(together.map(({ device }) => device))
    if (devices.size < 2 || sumOf(together) <= 1 + LEAST) continue
    const { serial, role, boundary } = first
    const detail = `meter ${JSON.stringify(serial)}, ${role} at the ${boundary}, in ${[...devices].join(" and ")}: shares add up to ${sumOf(together)}`
    return [
      deskFinding(
        "SENSOR_SHARED",
        detail,
        together.map(({ document }) => document),
      ),
    ]
  }
  return []
}

/**
 * Meters, by the serial numbers that vouch documents name, that count for two devices at the same time and boundary, unless
 * the declared shares add up to at most 1.
 */
export function sensorFindings(runs: readonly Shown<RunFact>[], vouches: readonly VouchFact[]): readonly DeskFinding[] {
  const known = new Map(vouches.map((vouch) => [vouch.digest, vouch]))
  const uses = runs.flatMap((run) => usesOf(run, known))
  const groups = Map.groupBy(uses, ({ serial, role, boundary }) => JSON.stringify([serial, role, boundary]))
  return [...groups.values()].flatMap(sharedIn)
}
