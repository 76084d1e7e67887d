import { readFileSync } from "node:fs"
import {
  type ClaimBound,
  type Hex,
  ledgerIdOf,
  type Presentation,
  type PublishedTally,
  parsePresentation,
  toHex,
} from "@wattest/protocol"
import { buildBlock } from "@wattest/testkit/conformance/chain"
import { accountOf, bytesOf } from "@wattest/testkit/conformance/keys"
import { placeInTally, placeOfBound, slotsOf, wordOf } from "@wattest/testkit/conformance/slots"
import { type Policy, parsePolicy } from "@wattest/verifier"
import { proveStorage } from "../../../../verifier/src/chain/state.ts"
import { type Case, type Expected, invalid, otherHex, unaccepted, undetermined, valid } from "./case.ts"

/** The recorded tally as a registry of claims would hold it, in storage laid out by Solidity's own rule. */
const RECORDED = "conformance/recorded"
const folded = parsePresentation(new Uint8Array(readFileSync(`${RECORDED}/presentation.json`)))
const believed = parsePolicy(new Uint8Array(readFileSync(`${RECORDED}/policy.json`)))
const [period] = folded.tallies.filter((tally) => tally.kind === "period")
const [ledger] = period?.ledgers ?? []
const [bound] = folded.bounds
if (period === undefined || ledger?.state === undefined || bound === undefined)
  throw new TypeError("the recorded presentation is of a tally over one ledger")
const anchors = proveStorage(ledger.state, period.registry)

const CLAIMS = accountOf("registry of claims")
const CODE = toHex(bytesOf("code of the registry of claims"))
const OTHER = accountOf("another registry of claims")
/** A model's name that takes more than a word of storage. */
const LONG = "a model whose name is longer than thirty-one bytes"
const GRADES = ["calibrated", "measured", "allocated", "estimated", "declared", "simulated"]

const { segments } = ledger
const sum = (name: "unopened" | "voids") => segments.reduce((total, segment) => total + segment[name], 0)
const { kind: _, ledgers: __, closing: given, ...terms } = period
const { proofs: ___, ...closing } = given

/** What the document says. */
const tally: PublishedTally = {
  ...{ ...terms, kind: "published", claims: CLAIMS, operator: ledger.operator, number: 5n },
  ...{ ledgers: [{ voucher: ledger.voucher }], runs: ledger.asOf.length - ledger.from.length },
  ...{ unopened: sum("unopened"), voids: sum("voids"), accumulator: segments.at(-1)?.cTo as Hex, closing },
}

/** Its second bound on the chain. */
const SHARE = { metric: "ledger-share", tally: 0, over: 0, lo: 100_000n, hi: 900_000n, published: 1 } as const

type Words = Map<Hex, bigint>

function textWords(words: Words, place: number, text: string, slot: (place: number, index?: number) => Hex): void {
  const bytes = Buffer.from(text)
  const word = (start: number) =>
    BigInt(
      `0x${bytes
        .subarray(start, start + 32)
        .toString("hex")
        .padEnd(64, "0")}`,
    )
  if (bytes.length < 32) words.set(slot(place), bytes.length === 0 ? 0n : word(0) + 2n * BigInt(bytes.length))
  else words.set(slot(place), 2n * BigInt(bytes.length) + 1n)
  if (bytes.length >= 32) for (let i = 0; 32 * i < bytes.length; i++) words.set(slot(place, i), word(32 * i))
}

/** The registry's words of a tally, closed or not, and of its bound. */
function storageOf(held: PublishedTally, closedAt: bigint, ends: Plan["ends"] = bound): Words {
  const { operator, number, filters, conditions, from, to, asOf } = held
  const slot = (place: number, index?: number) => placeInTally(operator, number, place, index)
  const words: Words = new Map()
  const spans = BigInt(held.ledgers.length)
  words.set(slot(0), wordOf([2n, 32], [spans, 16], [spans, 16], [62n, 64], [62n, 64], [held.runs, 64]))
  words.set(slot(1), wordOf([BigInt(held.unopened), 64], [BigInt(held.voids), 64]))
  words.set(slot(3), BigInt(held.accumulator))
  words.set(slot(6), wordOf([BigInt(asOf), 64], [closedAt, 64], [1n, 8]))
  const { meteredAtLeast, blindAtMost, brokenAtMost } = held.closing
  words.set(slot(7), wordOf([meteredAtLeast, 80], [blindAtMost, 80], [brokenAtMost, 80]))
  words.set(slot(9), spans)
  for (const [i, { voucher }] of held.ledgers.entries()) words.set(slot(9, i), BigInt(voucher))
  words.set(slot(10), wordOf([BigInt(from), 64], [BigInt(to), 64], [BigInt(asOf), 64]))
  const labels = [filters.model, filters.unit, filters.zone, filters.site, filters.party]
  for (const [i, label] of labels.entries()) textWords(words, 11 + i, label ?? "", slot)
  const asked = labels.reduce((bits, label, i) => bits | (label === null ? 0n : 1n << BigInt(i)), 0n)
  words.set(
    slot(16),
    wordOf([asked, 8], [BigInt(["gpu", "node", "rack", "facility"].indexOf(filters.boundary) + 1), 8]),
  )
  const grades = [conditions.energyGrade, conditions.workGrade].map((grade) => BigInt(GRADES.indexOf(grade)))
  const required = conditions.required.includes("work") ? 8n : 0n
  words.set(
    slot(17),
    wordOf([grades[0] ?? 0n, 8], [grades[1] ?? 0n, 8], [conditions.origin === "live" ? 0n : 1n, 8], [required, 16]),
  )
  words.set(
    placeOfBound(operator, number, 0n),
    wordOf([2n, 8], [1n, 8], [number, 32], [0n, 48], [ends?.lo ?? 0n, 80], [ends?.hi ?? 0n, 80]),
  )
  words.set(
    placeOfBound(operator, number, 1n),
    wordOf([15n, 8], [1n, 8], [number, 32], [0n, 48], [SHARE.lo, 80], [SHARE.hi, 80]),
  )
  return words
}

type Plan = {
  /** What the registry of claims holds, where it is not what the document says. */
  readonly held?: Partial<PublishedTally>
  readonly closedAt?: bigint
  readonly code?: Hex
  /** Ends of the first bound, in the registry of claims and in the document. */
  readonly ends?: Pick<ClaimBound, "lo" | "hi">
  /** Seconds after the period's start from and to which a withdrawal voids anchors. */
  readonly suspect?: readonly [since: number, until: number]
  /** Changes the finished document, and the policy. */
  readonly said?: (tally: PublishedTally) => PublishedTally
  readonly document?: (document: Presentation) => Presentation
  readonly policy?: (policy: Policy) => Policy
}

function anchorWords({ suspect }: Plan): Words {
  const words: Words = new Map(anchors.slots)
  if (suspect === undefined) return words
  const id = ledgerIdOf(tally.operator, tally.ledgers[0]?.voucher as Hex)
  const key = slotsOf.ledger(id)
  words.set(key, (words.get(key) ?? 0n) | wordOf([0n, 160], [1n, 40]))
  const [since, until] = suspect.map((seconds) => BigInt(tally.from + seconds)) as [bigint, bigint]
  return words.set(slotsOf.suspicion(id, 0n), wordOf([since, 64], [until, 64]))
}

function presented(plan: Plan) {
  const { held = {}, closedAt = BigInt(tally.asOf), code = CODE } = plan
  const { registry } = tally
  const state = { [registry]: anchorWords(plan), [CLAIMS]: storageOf({ ...tally, ...held }, closedAt, plan.ends) }
  const { number, timestamp } = anchors.header
  const block = buildBlock({ number, timestamp, receipts: [], state, codes: { [CLAIMS]: code } })
  // The slots that a verifier asks for, whatever is held in them
  const asked = [...storageOf({ ...tally, filters: { ...tally.filters, ...held.filters } }, closedAt).keys()]
  const proven = { ...tally, state: block.proveStorage(CLAIMS, asked) }
  const ledgers = tally.ledgers.map((own) => ({
    ...own,
    state: block.proveStorage(registry, [...anchorWords(plan).keys()]),
  }))
  const { said = (same) => same, document = (same) => same, policy = (same) => same } = plan
  const { proof: ____, ...rest } = bound as NonNullable<typeof bound>
  const claims = [{ address: CLAIMS, over: registry, codeHash: CODE }]
  const chains = believed.chains.map((chain) => ({ ...chain, claims, trustedBlocks: [{ number, hash: block.hash }] }))
  return {
    document: document({
      ...{ ...folded, keys: {}, tallies: [said({ ...proven, ledgers })] },
      bounds: [{ ...rest, ...plan.ends, published: 0 }],
    }),
    policy: policy({ ...believed, chains, claims: { ...believed.claims, folded: false, developmentKeys: false } }),
  }
}

const of = (name: string, title: string, expect: Expected, plan: Plan): Case => ({
  ...{ name: `published-${name}`, title, expect, presentation: presented(plan) },
})

const LOOK_ALIKE = "ll\u0430ma"
const named = (model: string) => ({ ...tally.filters, model })

const closed = (change: Partial<PublishedTally["closing"]>) => ({ closing: { ...closing, ...change } })
/** The registry of claims and the document say the same, other than what was recorded. */
const both = (change: Partial<PublishedTally>): Plan => ({
  held: change,
  said: (same) => ({ ...same, ...change }),
})
const said = (change: Partial<PublishedTally>): Plan => ({ said: (same) => ({ ...same, ...change }) })
const seeing =
  (books: Partial<Policy["books"]>) =>
  (policy: Policy): Policy => ({ ...policy, books: { ...policy.books, ...books } })
const unopening = (unopenedRuns: number) => ({
  policy: (policy: Policy): Policy => ({ ...policy, claims: { ...policy.claims, unopenedRuns } }),
})

/** Comparisons at, below and above their bound: what the chain holds needs no proof made for it. */
const EDGE_CASES: readonly Case[] = [
  of(
    "blind-above",
    "A millionth more than a tenth of the time was blind, and the policy accepts a tenth.",
    unaccepted("BLIND_NOT_ACCEPTED"),
    {
      ...both(closed({ blindAtMost: 100_001n })),
    },
  ),
  of("blind-below", "A millionth less than a tenth of the time was blind, and the policy accepts a tenth.", valid, {
    ...both(closed({ blindAtMost: 99_999n })),
  }),
  of("broken-none", "Books broke before no run, and the policy accepts none.", valid, {
    ...{ ...both(closed({ brokenAtMost: 0n })), policy: seeing({ broken: false }) },
  }),
  of("broken-one", "Books broke before one run, and the policy accepts none.", unaccepted("BROKEN_NOT_ACCEPTED"), {
    ...{ ...both(closed({ brokenAtMost: 1n })), policy: seeing({ broken: false }) },
  }),
  of("unopened-at", "As many runs are unopened as the policy allows.", valid, {
    ...both({ unopened: 2 }),
    ...unopening(2),
  }),
  of("unopened-above", "A run more is unopened than the policy allows.", invalid("CLAIM_UNOPENED"), {
    ...{ ...both({ unopened: 2 }), ...unopening(1) },
  }),
  of("unopened-hidden", "The document says that one run less is unopened.", invalid("CLAIM_RECORD_MISMATCH"), {
    ...{ held: { unopened: 1 } },
  }),
  of(
    "runs-more",
    "The document says that a run more was counted.",
    invalid("CLAIM_RECORD_MISMATCH"),
    said({ runs: tally.runs + 1n }),
  ),
  of(
    "runs-less",
    "The document says that a run less was counted.",
    invalid("CLAIM_RECORD_MISMATCH"),
    said({ runs: tally.runs - 1n }),
  ),
  of(
    "period-earlier",
    "The tally's period begins a second earlier than the published one.",
    invalid("CLAIM_RECORD_MISMATCH"),
    said({ from: tally.from - 1 }),
  ),
  of(
    "taken-earlier",
    "The tally was taken a second earlier than the published one.",
    invalid("CLAIM_RECORD_MISMATCH"),
    said({ asOf: tally.asOf - 1 }),
  ),
  of("period-empty", "The period ends when it begins.", invalid("CLAIM_PERIOD_MISMATCH"), both({ to: tally.from })),
  of("period-of-a-second", "The period is a second long.", valid, both({ to: tally.from + 1 })),
  of(
    "blind-less",
    "A millionth less blind time than the tally was closed with.",
    invalid("CLAIM_RECORD_MISMATCH"),
    said(closed({ blindAtMost: closing.blindAtMost - 1n })),
  ),
  of(
    "broken-less",
    "A broken run less than the tally was closed with.",
    invalid("CLAIM_RECORD_MISMATCH"),
    said(closed({ brokenAtMost: 0n })),
  ),
  of("closed-in-the-first-second", "The tally was closed in second 1.", valid, { closedAt: 1n }),
  of("bound-of-one-number", "Both ends of the bound are the same.", valid, { ends: { lo: 50_500n, hi: 50_500n } }),
  of("bound-backwards", "The bound's lower end is above its upper one by one.", invalid("CLAIM_METRIC_MISMATCH"), {
    ends: { lo: 50_501n, hi: 50_500n },
  }),
  of(
    "bound-higher",
    "The bound begins higher than the one that the registry of claims holds.",
    invalid("CLAIM_RECORD_MISMATCH"),
    {
      document: (same) => ({ ...same, bounds: same.bounds.map((own) => ({ ...own, lo: own.lo + 1n })) }),
    },
  ),
  of("suspect-at-the-end", "A withdrawal voids anchors of the last second that was folded.", invalid("CLAIM_SUSPECT"), {
    suspect: [tally.asOf - tally.from - 1, tally.asOf - tally.from],
  }),
  of("suspect-after", "A withdrawal voids anchors from the time on as of which the tally was taken.", valid, {
    suspect: [tally.asOf - tally.from, tally.asOf - tally.from + 100],
  }),
]

/** Tallies that a registry of claims holds: no proof in the document, and nothing of what it folded. */
export const PUBLISHED_CASES: readonly Case[] = [
  ...EDGE_CASES,
  {
    ...of("valid", "A registry of claims that the policy names holds the tally and its bound, closed.", valid, {}),
    findings: { present: ["RUNS_VOID", "DEVICES_UNPROVEN", "SHARE_UNSTATED"], absent: ["LABEL_MIXED_SCRIPTS"] },
  },
  of("long-label", "The model's name takes more than a word of storage.", valid, {
    held: { filters: named(LONG) },
    said: (same) => ({ ...same, filters: named(LONG) }),
  }),
  {
    ...of("label-of-two-scripts", "A Cyrillic а stands in the Latin name of the model that the tally counts.", valid, {
      held: { filters: named(LOOK_ALIKE) },
      said: (same) => ({ ...same, filters: named(LOOK_ALIKE) }),
    }),
    findings: { present: ["LABEL_MIXED_SCRIPTS"], absent: [] },
  },
  of(
    "other-long-label",
    "The model's name differs in its last letter, in a second word of storage.",
    invalid("CLAIM_RECORD_MISMATCH"),
    {
      held: { filters: named(LONG) },
      said: (same) => ({ ...same, filters: named(`${LONG.slice(0, -1)}z`) }),
    },
  ),
  {
    ...of("share-beside", "A share of all energy stands beside the number.", valid, {
      document: (same) => ({ ...same, bounds: [...same.bounds, SHARE] }),
    }),
    findings: { present: [], absent: ["SHARE_UNSTATED"] },
  },
  of("other-accumulator", "The registry of claims holds another accumulator.", invalid("CLAIM_RECORD_MISMATCH"), {
    said: (same) => ({ ...same, accumulator: otherHex(same.accumulator) as Hex }),
  }),
  of("other-model", "The tally was published for another model.", invalid("CLAIM_RECORD_MISMATCH"), {
    said: (same) => ({ ...same, filters: named("other") }),
  }),
  of("any-model", "The tally was published for one model, and the document says any.", invalid("STATE_PROOF_INVALID"), {
    said: (same) => ({ ...same, filters: { ...same.filters, model: null }, number: 6n }),
  }),
  of(
    "no-label-for-any",
    "The document asks for runs without a zone, the tally for those of any.",
    invalid("CLAIM_RECORD_MISMATCH"),
    {
      said: (same) => ({ ...same, filters: { ...same.filters, zone: same.filters.zone === null ? "" : null } }),
    },
  ),
  of(
    "longer-period",
    "The tally's period ends a second later than the published one.",
    invalid("CLAIM_RECORD_MISMATCH"),
    {
      said: (same) => ({ ...same, to: same.to + 1 }),
    },
  ),
  of(
    "better-condition",
    "The document says a better grade than was asked of the runs.",
    invalid("CLAIM_RECORD_MISMATCH"),
    {
      said: (same) => ({ ...same, conditions: { ...same.conditions, energyGrade: "calibrated" } }),
    },
  ),
  of(
    "metered-more",
    "A millisecond more metered time than the tally was closed with.",
    invalid("CLAIM_RECORD_MISMATCH"),
    {
      said: (same) => ({ ...same, closing: { ...same.closing, meteredAtLeast: same.closing.meteredAtLeast + 1n } }),
    },
  ),
  of("void-hidden", "The document says that no run is void.", invalid("CLAIM_RECORD_MISMATCH"), {
    said: (same) => ({ ...same, voids: 0 }),
  }),
  of("other-voucher", "Another voucher stands in the document.", invalid("CLAIM_RECORD_MISMATCH"), {
    said: (same) => ({
      ...same,
      ledgers: same.ledgers.map((own) => ({ ...own, voucher: accountOf("another voucher") })),
    }),
    policy: (same) => ({ ...same, vouchers: [...same.vouchers, accountOf("another voucher")], ledgers: null }),
  }),
  of(
    "better-bound",
    "The bound is better than the one that the registry of claims holds.",
    invalid("CLAIM_RECORD_MISMATCH"),
    {
      document: (same) => ({ ...same, bounds: same.bounds.map((own) => ({ ...own, hi: own.hi - 1n })) }),
    },
  ),
  of("bound-neither", "A bound has neither a proof nor a place on the chain.", invalid("CLAIM_METRIC_MISMATCH"), {
    document: (same) => ({ ...same, bounds: same.bounds.map(({ published: _, ...own }) => own) }),
  }),
  of("not-closed", "The tally was never closed.", invalid("CLAIM_NOT_CLOSED"), { closedAt: 0n }),
  of("other-operator", "Another operator claims the tally as his.", invalid("STATE_PROOF_INVALID"), {
    said: (same) => ({ ...same, operator: accountOf("another operator") }),
    policy: (same) => ({ ...same, ledgers: null }),
  }),
  of("other-code", "The registry of claims has other code than the policy names.", invalid("CLAIM_REGISTRY_MISMATCH"), {
    code: toHex(bytesOf("code that believes everything")),
  }),
  of(
    "over-another-registry",
    "The registry of claims reads another registry of anchors.",
    invalid("CLAIM_REGISTRY_MISMATCH"),
    {
      policy: (same) => ({
        ...same,
        chains: same.chains.map((chain) => ({ ...chain, claims: [{ address: CLAIMS, over: OTHER, codeHash: CODE }] })),
      }),
    },
  ),
  of(
    "registry-unknown",
    "A contract of the operator's own making has the same code and a tally that it never checked.",
    unaccepted("REGISTRY_NOT_ACCEPTED"),
    {
      policy: (same) => ({
        ...same,
        chains: same.chains.map(({ registries, ...chain }) => ({
          ...{ ...chain, registries },
          claims: [{ address: OTHER, over: tally.registry, codeHash: CODE }],
        })),
      }),
    },
  ),
  of("suspect", "A withdrawal voids anchors of the first second of what was folded.", invalid("CLAIM_SUSPECT"), {
    suspect: [0, 0],
  }),
  of("suspect-before", "A withdrawal voids anchors up to the second before what was folded.", valid, {
    suspect: [-100, -1],
  }),
  of("not-in-state", "A digit of the storage proof is another one.", invalid("STATE_PROOF_INVALID"), {
    said: (same) => {
      if (same.state === undefined) return same
      const account = same.state.account.map((node, i) => (i === 0 ? (otherHex(node) as Hex) : node))
      return { ...same, state: { ...same.state, account } }
    },
  }),
  of("unproved", "The document has no storage proof of the registry of claims.", undetermined("PROOF_ABSENT"), {
    said: ({ state: _, ...same }) => same,
  }),
  of("ledger-unproved", "The document has no storage proof of the ledger.", undetermined("PROOF_ABSENT"), {
    said: (same) => ({ ...same, ledgers: same.ledgers.map(({ voucher }) => ({ voucher })) }),
  }),
  of("block-unknown", "The policy knows no block.", undetermined("TRUST_ROOT_MISSING"), {
    policy: (same) => ({ ...same, chains: same.chains.map((chain) => ({ ...chain, trustedBlocks: [] })) }),
  }),
  {
    ...{
      name: "published-demanded",
      title: "The policy takes published tallies alone, and the document folds its own.",
    },
    ...{
      expect: unaccepted("TALLY_NOT_PUBLISHED"),
      presentation: { document: folded, policy: { ...believed, claims: { ...believed.claims, folded: false } } },
    },
  },
]
