import {
  type Boundary,
  type CertifiedRun,
  encodeCanonicalJson,
  type Group,
  type Hex,
  type Origin,
  type Tags,
  toJson,
} from "@wattest/protocol"
import type { CertificateClaim } from "../certificate/claim.ts"
import type { Totals } from "../measure/totals.ts"

/** What a job keeps of one of its certificates. */
export type Member = {
  readonly device: Hex
  readonly group: Group | null
  readonly firstRun: bigint
  readonly lastRun: bigint
  readonly runs: number
  readonly broken: number
  /** The run in which the device began its job; null where no run says it. */
  readonly jobStart: bigint | null
  /** The device did not end the last run itself, or its job goes on: what follows belongs to it. */
  readonly goesOn: boolean
  readonly startMs: number
  readonly endMs: number
  readonly totals: Totals
  readonly tags: Tags
  readonly workload: string
  readonly boundary: Boundary
  readonly origin: Origin
  readonly operator: Hex
  readonly voucher: Hex
  readonly chainId: number
  readonly registry: Hex
  /** The device's lifetime energy before the first run and after the last, mJ. */
  readonly lifetime: { readonly before: bigint; readonly after: bigint }
  /** The first run begins where nobody knows what was before. */
  readonly isBroken: boolean
  /** Roots of the runs beside these that their submissions hold: before the first, and after the last. */
  readonly beside: { readonly before: readonly Hex[]; readonly after: readonly Hex[] }
  /** What all devices of a job must say alike, by name. */
  readonly alike: ReadonlyMap<string, string>
}

/** Where the work was done is the device's own: a job may span rooms and grids. */
const ALIKE_TAGS = ["model", "unit", "party"] as const
const ALIKE_CONTEXT = ["workload", "job", "task", "qualityRule", "modelDigest"] as const

const spell = (value: unknown) => encodeCanonicalJson(toJson(value ?? null))

function alikeOf({ statement }: CertifiedRun): ReadonlyMap<string, string> {
  const { boundary, origin, context } = statement
  return new Map([
    ...ALIKE_TAGS.map((name): [string, string] => [name, statement[name]]),
    ...ALIKE_CONTEXT.map((name): [string, string] => [name, spell(context[name])]),
    ["boundary", boundary],
    ["origin", origin],
  ])
}

/** Whether a job goes on after a run. A live run that was cut off has no closing: the device's next run says what was drawn until it was there again. */
export function goesOn({ statement, lastCapture }: CertifiedRun): boolean {
  const isCut = statement.origin === "live" && lastCapture.sources.closing === undefined
  return statement.status === "continued" || (statement.status === "interrupted" && isCut)
}

/** What the submissions of a certificate's ends hold beside its runs; most hold nothing more. */
function besideOf(first: CertifiedRun, last: CertifiedRun): Member["beside"] {
  const before = first.submission.roots.slice(0, Number(first.run - first.submission.firstRun))
  return { before, after: last.submission.roots.slice(Number(last.run - last.submission.firstRun) + 1) }
}

/** What most members of a job say alike is kept once: of a member a few numbers stay. */
export function createSharing(): (member: Member) => Member {
  const known = new Map<string, Member>()
  return (member) => {
    const { group, tags, alike, workload, chainId, registry, operator, voucher } = member
    const key = spell(
      [group, tags, [...alike], workload, chainId, registry, operator, voucher].map((part) => part ?? null),
    )
    const first = known.get(key)
    if (first === undefined) known.set(key, member)
    const shared = first ?? member
    return {
      ...{ ...member, group: shared.group, tags: shared.tags, alike: shared.alike, workload: shared.workload },
      ...{ registry: shared.registry, operator: shared.operator, voucher: shared.voucher },
    }
  }
}

/** A valid certificate as a member of a job. */
export function memberOf(claim: CertificateClaim): Member {
  const { certificate, device, totals, boundary, origin, operator, voucher, chainId, registry } = claim
  const { runs } = certificate
  const [first] = runs
  const last = runs.at(-1)
  if (first === undefined || last === undefined) throw new TypeError("a certificate has at least one run")
  const { model, unit, zone, site, party, context } = first.statement
  return {
    ...{ device, totals, boundary, origin, operator, voucher, chainId, registry },
    ...{ group: context.group ?? null, jobStart: context.jobStart ?? null, workload: context.workload },
    ...{ firstRun: first.run, lastRun: last.run, runs: runs.length, goesOn: goesOn(last) },
    lifetime: {
      before: first.statement.lifetimeMillijoules - first.statement.registers.energyMillijoules,
      after: last.statement.lifetimeMillijoules,
    },
    ...{ isBroken: first.statement.broken, beside: besideOf(first, last) },
    broken: runs.filter(({ statement }) => statement.broken).length,
    ...{ startMs: claim.startTimeMs, endMs: claim.endTimeMs, tags: { model, unit, zone, site, party } },
    alike: alikeOf(first),
  }
}
