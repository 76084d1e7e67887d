import { ANCHORS_ABI, CLAIMS_ABI, held, RpcLie } from "@wattest/chain"
import {
  type Anchored,
  BOUNDARIES,
  type Enrolled,
  fromHex,
  type Hex,
  parseAnchored,
  parseEnrolled,
  parseVouched,
  REGISTRY_TOPICS,
  Rejection,
  type Vouched,
} from "@wattest/protocol"
import { decodeEventLog } from "viem"
import type { PlacedLog } from "./logs.ts"

/** What an event of the registries says. */
export type Fact =
  | ({ readonly kind: "anchored"; readonly transaction: Hex } & Anchored)
  | ({ readonly kind: "vouched" | "revised" } & Vouched)
  | ({ readonly kind: "enrolled" } & Enrolled)
  | {
      readonly kind: "withdrawn"
      readonly device: Hex
      readonly voucher: Hex
      readonly operator: Hex
      readonly since: bigint
    }
  | { readonly kind: "retired"; readonly device: Hex; readonly runs: bigint }
  /** A tally was opened, joined, closed or bounded: what it is now, its contract says. */
  | { readonly kind: "tally"; readonly operator: Hex; readonly number: bigint; readonly isNew: boolean }

/** A fact and where it stands. */
export type PlacedFact = { readonly block: number; readonly log: number; readonly fact: Fact }

/** The boundary's name by the number that contracts have for it. */
export function boundaryName(number: bigint): string {
  const name = BOUNDARIES[Number(number) - 1]
  if (name === undefined) throw new RpcLie(`there is no boundary ${number}`)
  return name
}

const lower = (address: string) => address.toLowerCase() as Hex

/** Reads the fact of a log that `registry` emitted; null where it is no event of the registry. Throws RpcLie. */
export function registryFact({ topics, data, transaction }: PlacedLog): Fact | null {
  const log = { topics, data: fromHex(data) }
  try {
    switch (topics[0]) {
      case REGISTRY_TOPICS.anchored:
        return { kind: "anchored", transaction, ...parseAnchored(log) }
      case REGISTRY_TOPICS.vouched:
        return { kind: "vouched", ...parseVouched(log) }
      case REGISTRY_TOPICS.revised:
        return { kind: "revised", ...parseVouched(log, "revised") }
      case REGISTRY_TOPICS.enrolled:
        return { kind: "enrolled", ...parseEnrolled(log) }
      default:
        return ending(topics, data)
    }
  } catch (error) {
    throw error instanceof Rejection ? new RpcLie(`log: ${error.detail}`) : error
  }
}

type Topics = [Hex, ...Hex[]]

function ending(topics: readonly Hex[], data: Hex): Fact | null {
  const event = held("event of the contract", () =>
    decodeEventLog({ abi: ANCHORS_ABI, topics: topics as Topics, data }),
  )
  if (event.eventName === "Retired") return { kind: "retired", ...event.args }
  if (event.eventName !== "Withdrawn") return null
  const { device, voucher, operator, since } = event.args
  return { kind: "withdrawn", device, voucher: lower(voucher), operator: lower(operator), since }
}

/** Reads the fact of a log that the claims registry emitted. Throws RpcLie. */
export function claimFact({ topics, data }: PlacedLog): Fact {
  const { eventName, args } = held("event of the contract", () =>
    decodeEventLog({ abi: CLAIMS_ABI, topics: topics as Topics, data }),
  )
  return { kind: "tally", operator: lower(args.operator), number: args.number, isNew: eventName === "Opened" }
}
