import { type Extract, ledgerIdOf, plural } from "@wattest/protocol"
import type { ExtractClaim } from "../../extract/verify.ts"
import { formatTime } from "../numbers.ts"

type Rows = readonly (readonly [name: string, value: string])[]

const at = (seconds: number | null, none: string) => (seconds === null ? none : formatTime(seconds * 1000))
const voided = ({ withdrawnSince }: { readonly withdrawnSince: number | null }): Rows => [
  [
    "voucher's word",
    withdrawnSince === null ? "holds" : `withdrawn for what was anchored from ${at(withdrawnSince, "")} on`,
  ],
]

function subjectRows(extract: Extract): Rows {
  switch (extract.kind) {
    case "device":
      return [
        ["device", extract.device],
        ["boundary", extract.boundary],
        ["enrolled", at(extract.enrolledAt, "")],
        ["anchored runs", `${extract.runs}`],
        ["books told until", extract.through === 0 ? "not at all" : at(extract.through, "")],
        ["last anchor", at(extract.anchoredAt, "none")],
        ["retired", extract.retiredRuns === null ? "no" : `yes, with ${plural(extract.retiredRuns, "run")} in all`],
        ...voided(extract),
      ]
    case "ledger":
      return [
        ["anchored runs", `${extract.length}`],
        ["head", extract.head],
        ["devices", `${extract.devices} enrolled, ${extract.vouched} vouched for`],
        ["suspicions", `${extract.suspicions}`],
      ]
    case "run":
      return [
        ["device, run", `${extract.device}, ${extract.run}`],
        ["root", BigInt(extract.root) === 0n ? "0: the run is void" : extract.root],
        ["position", `${extract.position}`],
        ["head after it", extract.head],
        ["books told until", at(extract.through, "")],
        ["anchored", `${at(extract.anchoredAt, "")}, block ${extract.blockNumber}`],
        ...voided(extract),
      ]
  }
}

/** What an extract says, by name, for people. */
export const extractRows = (extract: Extract): Rows => [
  ["chain, registry", `${extract.chainId}, ${extract.registry}`],
  ["ledger", ledgerIdOf(extract.operator, extract.voucher)],
  ["operator", extract.operator],
  ["voucher", extract.voucher],
  ...subjectRows(extract),
]

const WHAT = { device: "this device", ledger: "this ledger", run: "this run" } as const

export const extractSentence = ({ extract, block: { number, timestamp } }: ExtractClaim): string =>
  `As of block ${number} of chain ${extract.chainId} (${formatTime(timestamp * 1000)}) the registry holds of ${WHAT[extract.kind]} what stands here.`
