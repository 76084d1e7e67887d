import {
  type AnchorReceipt,
  type Certificate,
  claimSentence,
  deviceIdOf,
  type EvidenceHeader,
  type Presentation,
  type VouchDocument,
  vouchDigest,
} from "@wattest/protocol"
import { walkBounds } from "../claims/proof/bounds.ts"
import { walkTallies } from "../claims/proof/chains.ts"
import { formatTime } from "../report/numbers.ts"

/** What a document says of itself: a name and a text, neither of which anybody checked. */
export type Said = readonly (readonly [name: string, value: string])[]

const joules = (millijoules: bigint) => `${Number(millijoules) / 1000} J`
const rangeOf = (first: bigint | undefined, last: bigint | undefined) =>
  first === last ? `${first}` : `${first} to ${last}`

export function certificateSaid({ device, runs, vouchDocuments = [] }: Certificate): Said {
  const [first, last] = [runs[0], runs.at(-1)]
  if (first === undefined || last === undefined) return []
  const { statement, anchor } = first
  const sum = (name: "energyMillijoules" | "uncertaintyMillijoules" | "workUnits") =>
    runs.reduce((total, run) => total + run.statement.registers[name], 0n)
  return [
    ["device", deviceIdOf(device)],
    ["runs", rangeOf(first.run, last.run)],
    ["model", statement.model],
    ["party", statement.party],
    ["site, zone", [statement.site, statement.zone].filter(Boolean).join(", ")],
    ["workload, job", [statement.context.workload, statement.context.job].filter(Boolean).join(", ")],
    ["boundary, origin", `${statement.boundary}, ${statement.origin}`],
    ["time", `${formatTime(statement.startTimeMs)} to ${formatTime(last.statement.endTimeMs)}`],
    [
      "energy",
      `${joules(sum("energyMillijoules"))} ± ${joules(sum("uncertaintyMillijoules"))}, ${statement.energyGrade}`,
    ],
    ["work", `${sum("workUnits")} ${statement.unit}, ${statement.workGrade}`],
    ["anchored", `chain ${anchor.chainId}, registry ${anchor.registry}, block ${last.anchor.blockNumber}`],
    ["operator", anchor.operator],
    ["voucher", anchor.voucher],
    ["vouch documents", vouchDocuments.map(vouchDigest).join(", ")],
  ]
}

export function presentationSaid(document: Presentation): Said {
  const walks = walkTallies(document)
  const claims = walkBounds(document, walks)
  return claims.map(({ bound, tally, over }, i) => [`claim ${i + 1}`, claimSentence(bound, tally.scope, over.scope)])
}

export function evidenceSaid({ kind, device, run, captures }: EvidenceHeader): Said {
  return [
    ["device", deviceIdOf(device)],
    ["run", `${run}`],
    ["captures", `${captures}, ${kind}`],
  ]
}

export function receiptSaid({ submission, anchor }: AnchorReceipt): Said {
  const { device, firstRun, roots } = submission
  return [
    ["device", deviceIdOf(device)],
    ["runs", rangeOf(firstRun, firstRun + BigInt(roots.length) - 1n)],
    ["anchored", `chain ${anchor.chainId}, registry ${anchor.registry}, block ${anchor.blockNumber}`],
    ["operator", anchor.operator],
    ["voucher", anchor.voucher],
  ]
}

export function vouchSaid(document: VouchDocument): Said {
  const { device, boundary, origin, site, sensors, accelerators } = document
  return [
    ["digest", vouchDigest(document)],
    ["device", device],
    ["boundary, origin", `${boundary}, ${origin}`],
    ["site", site],
    ["sensors", sensors.map(({ id, serial }) => (serial === "" ? id : `${id} (${serial})`)).join(", ")],
    ["accelerators", accelerators.map(({ sku, count }) => `${count} × ${sku}`).join(", ")],
  ]
}
