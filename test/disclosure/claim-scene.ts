import type { ClaimEntry } from "@wattest/disclosure"
import { type Boundary, type Hex, METRICS, type MetricName } from "@wattest/protocol"
import { device, filed, MILLIJOULES_PER_MWH, materialOf, ms, OPERATOR } from "./scene.ts"

export const YEAR_MS = 365n * 86_400_000n
export const seconds = (text: string) => ms(text) / 1000

export type Given = {
  readonly metric?: MetricName
  readonly hi?: bigint
  readonly bound?: Partial<ClaimEntry["claim"]["bound"]>
  readonly boundary?: Boundary
  readonly filters?: object
  readonly scope?: Partial<ClaimEntry["claim"]["scope"]>
  readonly expectedMs?: bigint | null
  readonly meteredMs?: bigint
  readonly blindPpm?: bigint
  readonly over?: Partial<ClaimEntry["claim"]["over"]>
  readonly digit?: string
}

/** A claim over the operator's ledger in 2026: at most 400 MWh, of devices that the chain expects for the whole year. */
export function claim({ metric = "energy", hi = 400n * MILLIJOULES_PER_MWH, ...given }: Given = {}): ClaimEntry {
  const { boundary = "facility", filters = {}, scope = {}, expectedMs = YEAR_MS, digit = "c" } = given
  const { meteredMs = YEAR_MS, blindPpm = 0n, over = {} } = given
  const whole: ClaimEntry["claim"]["scope"] = {
    ...{ chainId: 137, registry: OPERATOR, owners: [{ operator: OPERATOR, voucher: OPERATOR }] },
    filters: { ...{ model: null, unit: null, zone: null, site: null, party: null, boundary }, ...filters },
    conditions: { energyGrade: "measured", workGrade: "declared", origin: "live", required: [] },
    ...{ from: seconds("2026-01-01"), to: seconds("2027-01-01"), asOf: seconds("2027-02-01") },
    ...{ runs: 365n, unopened: 0, voids: 0 },
    ...scope,
  }
  const none = { devices: 1, joined: 0, retired: 0, withdrawn: 0, neverEnrolled: 0n, unproven: 0n }
  return {
    document: { name: `${digit}.json`, digest: `0x${digit.repeat(64)}`, kind: "presentation" },
    claim: {
      ...{ sentence: "took at most so much", completeness: null, limits: "", ledgerShare: null, share: null },
      bound: { metric, lo: 0n, hi, measure: METRICS[metric], ...given.bound },
      ...{ scope: whole, over: { ...whole, ...over } },
      block: { number: 77_000_000n, timestamp: seconds("2027-02-01") },
      coverage: { ...none, expectedMs, meteredMs, blindPpm, broken: 0n },
    },
  }
}

/** The VSME filing of claims, and of runs beside them. */
export const vsme = (claims: readonly ClaimEntry[], entries: Parameters<typeof materialOf>[0] = [], given = {}) =>
  filed("vsme-2025-07-30", materialOf(entries, { claims, ...given }))

/** A ledger of the operator, by its voucher. */
export const ledger = (n: number) => ({ operator: OPERATOR, voucher: device(n).slice(0, 41).concat(`${n}`) as Hex })
