import { writeFileSync } from "node:fs"
import type { Material } from "@wattest/disclosure"
import { type Extract, encodeExtract, type Hex, ledgerIdOf } from "@wattest/protocol"
import { buildBlock } from "@wattest/testkit/conformance/chain"
import { ACCOUNTS } from "@wattest/testkit/conformance/keys"
import { slotsOf, wordOf } from "@wattest/testkit/conformance/slots"
import { OPERATOR } from "@wattest/testkit/disclosure/company"
import * as scene from "./scene.ts"

const [REGISTRY, VOUCHER] = [ACCOUNTS.registry, ACCOUNTS.voucher]
const LEDGER = ledgerIdOf(OPERATOR, VOUCHER)
const NEVER = (1n << 64n) - 1n
const UNLIMITED = (1n << 40n) - 1n
const FACILITY = 4n

/** A device as the registry holds it; times are Unix seconds. */
export type Enrolled = {
  readonly device: Hex
  readonly runs: number
  readonly enrolledAt: number
  readonly through: number
  readonly retired?: boolean
  /** From when its voucher's word does not hold. */
  readonly withdrawnSince?: number
}

function storageOf(devices: readonly Enrolled[]): ReadonlyMap<Hex, bigint> {
  const runs = devices.reduce((sum, one) => sum + BigInt(one.runs), 0n)
  const count = BigInt(devices.length)
  const held = devices.flatMap(({ device, runs: anchored, enrolledAt, through, retired, withdrawnSince }, i) => {
    const [ledger, state, service] = slotsOf.device(device)
    const all = retired ? BigInt(anchored) : UNLIMITED
    const checkpoint = slotsOf.checkpoint(LEDGER, BigInt(i))
    return [
      [
        slotsOf.vouch(device, VOUCHER)[0],
        wordOf([OPERATOR, 160], [withdrawnSince === undefined ? NEVER : BigInt(withdrawnSince), 64]),
      ],
      [ledger, BigInt(LEDGER)],
      [state, wordOf([9n, 160], [BigInt(anchored), 40], [BigInt(i), 40], [1n, 8])],
      [service, wordOf([all, 40], [BigInt(enrolledAt), 40], [retired ? BigInt(through) : 0n, 40], [FACILITY, 8])],
      [checkpoint[0], 7n],
      [checkpoint[1], wordOf([runs, 40], [BigInt(through + 60), 40], [BigInt(through / 60), 32], [0n, 32], [1n, 32])],
    ] as const
  })
  return new Map([
    ...held,
    [slotsOf.ledger(LEDGER), wordOf([runs, 40], [count, 40], [count, 40], [count, 40], [0n, 40])],
  ])
}

/** Extracts of a ledger and of its devices as of a time, by a block of their own, and that block for a policy. */
export function extractsAt(timestamp: number, devices: readonly Enrolled[]) {
  const block = buildBlock({ number: 9000n, timestamp, receipts: [], state: { [REGISTRY]: storageOf(devices) } })
  const books = (slots: readonly Hex[]) =>
    ({
      mediaType: "application/vnd.wattest.extract.v1+json",
      ...{ chainId: 31_337, registry: REGISTRY, operator: OPERATOR, voucher: VOUCHER },
      state: block.proveStorage(REGISTRY, slots),
    }) as const
  const last = BigInt(devices.length - 1)
  const ledger: Extract = {
    ...{ kind: "ledger", ...books([slotsOf.ledger(LEDGER), slotsOf.checkpoint(LEDGER, last)[0]]) },
    ...{ length: devices.reduce((sum, { runs }) => sum + runs, 0), head: `0x${"7".padStart(64, "0")}` },
    ...{ devices: devices.length, vouched: devices.length, suspicions: 0 },
  }
  const single = devices.map(
    ({ device, runs, enrolledAt, through, retired = false, withdrawnSince = null }, i): Extract => {
      const checkpoint = runs === 0 ? [] : [slotsOf.checkpoint(LEDGER, BigInt(i))[1]]
      return {
        ...{ kind: "device", ...books([slotsOf.vouch(device, VOUCHER)[0], ...slotsOf.device(device), ...checkpoint]) },
        ...{ device, boundary: "facility", enrolledAt, runs, through: runs === 0 ? 0 : through },
        ...{ anchoredAt: runs === 0 ? null : through + 60, retiredRuns: retired ? runs : null, withdrawnSince },
      }
    },
  )
  return { block: { number: `${block.number}`, hash: block.hash, timestamp }, ledger, devices: single }
}

export const writeExtract = (path: string, extract: Extract) => writeFileSync(path, encodeExtract(extract))

export type ExtractEntry = Material["books"]["extracts"][number]
/** The time of the block that extracts of devices are of. */
export const LATER = scene.ms("2027-02-01") / 1000

/** What a valid extract says of a device, that enrolled at the node boundary in March 2026 unless a test says otherwise. */
export const extractOf = (n: number, given: object = {}): ExtractEntry => ({
  document: { name: `${n}.json`, digest: scene.device(n), kind: "extract" },
  block: { number: 9n, hash: scene.device(9), timestamp: LATER } as ExtractEntry["block"],
  extract: {
    ...{ kind: "device", mediaType: "application/vnd.wattest.extract.v1+json", chainId: 137, registry: scene.REGISTRY },
    ...{
      operator: scene.OPERATOR,
      voucher: scene.VOUCHER,
      state: {} as never,
      device: scene.device(n),
      boundary: "node",
      runs: 3,
    },
    ...{ enrolledAt: scene.ms("2026-03-01") / 1000, through: LATER, anchoredAt: LATER, retiredRuns: null },
    ...{ withdrawnSince: null, ...given },
  },
})
