import { readFileSync } from "node:fs"
import { type Hex, ledgerIdOf, type PeriodClaim, type Presentation, parsePresentation } from "@wattest/protocol"
import { ledgerSlot, type Policy, parsePolicy } from "@wattest/verifier"
import { proveStorage } from "../../../../verifier/src/chain/state.ts"
import { buildBlock } from "../chain.ts"
import { accountOf } from "../keys.ts"
import { type Case, type Expected, invalid, otherHex, undetermined, valid } from "./case.ts"

/**
 * A presentation that a prover made once over a ledger of 37 runs, and the policy that believes it. Proofs are random, so
 * it is kept as it was made; the cases follow from it.
 */
const RECORDED = "conformance/recorded"
const honest = parsePresentation(new Uint8Array(readFileSync(`${RECORDED}/presentation.json`)))
const policy = parsePolicy(new Uint8Array(readFileSync(`${RECORDED}/policy.json`)))

type Segment = PeriodClaim["ledgers"][number]["segments"][number]
type Ledger = PeriodClaim["ledgers"][number]

const withClaim = (change: (claim: PeriodClaim) => PeriodClaim): Presentation => ({
  ...honest,
  claims: honest.claims.map((claim) => (claim.kind === "period" ? change(claim) : claim)),
})
const withLedger = (change: (ledger: Ledger) => Ledger) =>
  withClaim((claim) => ({ ...claim, ledgers: claim.ledgers.map(change) }))
const withFirst = (change: (segment: Segment) => Partial<Segment>) =>
  withLedger((ledger) => ({
    ...ledger,
    segments: ledger.segments.map((segment, i) => (i === 0 ? { ...segment, ...change(segment) } : segment)),
  }))
const other = (hex: Hex) => otherHex(hex) as Hex

/** The same storage in a later block, but for one voucher's withdrawal; and the policy that knows that block. */
function withdrawn(): { readonly document: Presentation; readonly policy: Policy } {
  let trusted = policy
  const document = withClaim((claim) => ({
    ...claim,
    ledgers: claim.ledgers.map((ledger) => {
      if (ledger.state === undefined) return ledger
      const { header, slots } = proveStorage(ledger.state, claim.registry)
      const key = ledgerSlot(ledgerIdFrom(ledger))
      const counters = (slots.get(key) ?? 0n) & (2n ** 192n - 1n)
      const changed = new Map([...slots, [key, counters | (BigInt(claim.from) << 192n)] as const])
      const { number, timestamp } = header
      const block = buildBlock({ number, timestamp, receipts: [], state: { [claim.registry]: changed } })
      const chains = policy.chains.map((chain) => ({ ...chain, trustedBlocks: [{ number, hash: block.hash }] }))
      trusted = { ...policy, chains }
      return { ...ledger, state: block.proveStorage(claim.registry, [...changed.keys()]) }
    }),
  }))
  return { document, policy: trusted }
}

/** Unix seconds of the state in which the ledger's vouches are known. */
const stateTime = honest.claims.flatMap((claim) =>
  claim.kind === "period"
    ? claim.ledgers.flatMap(({ state }) => (state ? [proveStorage(state, claim.registry).header.timestamp] : []))
    : [],
)[0] as number

const ledgerIdFrom = ({ operator, voucher }: Ledger): Hex => ledgerIdOf(operator, voucher)

/** The claim's own ledgers, and one more of the same operator. */
const expectedLedgers = honest.claims.flatMap((claim) =>
  claim.kind === "period"
    ? claim.ledgers.flatMap(({ operator, voucher }) => [
        { operator, voucher },
        { operator, voucher: accountOf("another voucher") },
      ])
    : [],
)

const of = (name: string, title: string, expect: Expected, document: Presentation, believed = policy): Case => ({
  ...{ name: `presentation-${name}`, title, expect },
  presentation: { document, policy: believed },
})

/** Claims about ledgers, proved in zero knowledge. */
export const PRESENTATION_CASES: readonly Case[] = [
  of("valid", "A claim over all runs of a period.", valid, honest),
  of("block-unknown", "The policy knows no block.", undetermined("TRUST_ROOT_MISSING"), honest, {
    ...policy,
    chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [] })),
  }),
  of("vouches-as-of-proof", "The policy asks of vouches as of the very time of the storage proof.", valid, honest, {
    ...policy,
    vouchesAsOf: stateTime,
  }),
  of(
    "state-too-old",
    "The storage proof is a second older than the policy asks of vouches.",
    undetermined("STATE_TOO_OLD"),
    honest,
    { ...policy, vouchesAsOf: stateTime + 1 },
  ),
  of(
    "ends-unproved",
    "There is no storage proof of the period's ends.",
    undetermined("PROOF_ABSENT"),
    withLedger(({ state: _, ...ledger }) => ledger),
  ),
  of(
    "better-bound",
    "The bound is better than the one that was proved.",
    invalid("CLAIM_PROOF_INVALID"),
    withClaim((claim) => ({ ...claim, hi: claim.hi - 1n })),
  ),
  of(
    "other-model",
    "The claim names another model.",
    invalid("CLAIM_PROOF_INVALID"),
    withClaim((claim) => ({ ...claim, filters: { ...claim.filters, model: "other" } })),
  ),
  of(
    "development-keys",
    "The keys are from a public ceremony, and the policy does not believe such.",
    invalid("CLAIM_KEY_NOT_ACCEPTED"),
    honest,
    { ...policy, claims: { ...policy.claims, developmentKeys: false } },
  ),
  of(
    "segment-dropped",
    "The last segment is left out.",
    invalid("CLAIM_SEGMENTS_BROKEN"),
    withLedger((ledger) => ({ ...ledger, segments: ledger.segments.slice(0, 1) })),
  ),
  of(
    "segments-swapped",
    "The segments stand in another order.",
    invalid("CLAIM_SEGMENTS_BROKEN"),
    withLedger((ledger) => ({ ...ledger, segments: ledger.segments.toReversed() })),
  ),
  of(
    "accumulator-exchanged",
    "A segment ends at another accumulator than the next begins at.",
    invalid("CLAIM_SEGMENTS_BROKEN"),
    withFirst(({ cTo }) => ({ cTo: other(cTo) })),
  ),
  of(
    "ledger-twice",
    "One ledger is counted twice.",
    invalid("CLAIM_LEDGERS_UNORDERED"),
    withClaim((claim) => ({ ...claim, ledgers: [...claim.ledgers, ...claim.ledgers] })),
  ),
  of(
    "ledger-left-out",
    "A ledger of this operator that the policy expects is left out.",
    invalid("CLAIM_LEDGER_MISSING"),
    honest,
    { ...policy, ledgers: expectedLedgers },
  ),
  of(
    "period-moved",
    "The period's end is moved past the next checkpoint.",
    invalid("CLAIM_PERIOD_MISMATCH"),
    withClaim((claim) => ({ ...claim, to: claim.to + 10_000 })),
  ),
  of(
    "period-empty",
    "The period ends before it begins.",
    invalid("CLAIM_PERIOD_MISMATCH"),
    withClaim((claim) => ({ ...claim, to: claim.from })),
  ),
  of(
    "metric-without-unit",
    "The metric counts work, and no unit of it is named.",
    invalid("CLAIM_METRIC_MISMATCH"),
    withClaim((claim) => ({ ...claim, filters: { ...claim.filters, unit: "" } })),
  ),
  of(
    "unopened",
    "The claim leaves a run unopened, and the policy allows none.",
    invalid("CLAIM_UNOPENED"),
    withFirst(() => ({ unopened: 1 })),
  ),
  {
    ...of(
      "voucher-withdrew",
      "A voucher withdrew its word from a time within the period.",
      invalid("CLAIM_SUSPECT"),
      honest,
    ),
    presentation: withdrawn(),
  },
  of("voucher-not-believed", "The policy does not believe the voucher.", invalid("VOUCHER_NOT_ACCEPTED"), honest, {
    ...policy,
    vouchers: [],
  }),
  of(
    "storage-digit",
    "A digit of the storage proof is another one.",
    invalid("STATE_PROOF_INVALID"),
    withLedger((ledger) =>
      ledger.state
        ? {
            ...ledger,
            state: { ...ledger.state, account: ledger.state.account.map((node, i) => (i === 0 ? other(node) : node)) },
          }
        : ledger,
    ),
  ),
]
