import { readFileSync } from "node:fs"
import {
  type ChosenRun,
  type ClaimBound,
  type Hex,
  ledgerIdOf,
  type Presentation,
  parsePresentation,
  type RunsTally,
} from "@wattest/protocol"
import { type BlockSpec, buildBlock, events, type TestReceipt } from "@wattest/testkit/conformance/chain"
import { accountOf } from "@wattest/testkit/conformance/keys"
import { slotsOf } from "@wattest/testkit/conformance/slots"
import { POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import {
  type Case,
  type Expected,
  invalid,
  otherHex,
  type PresentationCase,
  unaccepted,
  undetermined,
  valid,
} from "./case.ts"

/** A claim over two runs that a prover made once. Their chain is made anew for each case. */
const recorded = parsePresentation(new Uint8Array(readFileSync("conformance/recorded/chosen-runs.json")))

const NEVER = 2n ** 64n - 1n
const ANCHOR_INDEX = 1
const stranger: TestReceipt = {
  ...{ type: 2, status: 1 },
  logs: [{ address: accountOf("stranger"), topics: [], data: "0x01" }],
}

/** What happens on the chain, and what the operator makes of it. */
type Scene = {
  /** Unix seconds from which the vouch is withdrawn, by seconds after the anchor. */
  readonly withdrawnAfter?: number
  /** For whom the voucher vouched, as the state has it. */
  readonly vouchedFor?: Hex
  /** The root that the registry's event holds. */
  readonly anchoredRoot?: (root: Hex) => Hex
  /** Blocks from the anchor's to the state's. */
  readonly stateAfter?: bigint
  readonly run?: (run: ChosenRun) => ChosenRun
  readonly tally?: (tally: RunsTally) => RunsTally
  readonly bound?: (bound: ClaimBound) => ClaimBound
  readonly policy?: (policy: Policy) => Policy
}

const BLOCK_SECONDS = 12
const DAY_BLOCKS = 7200n

function tallyOf({ tallies: [tally] }: Presentation): RunsTally {
  if (tally?.kind !== "runs") throw new TypeError("the recorded tally is of chosen runs")
  return tally
}

const place = tallyOf(recorded).runs[0]?.anchor as ChosenRun["anchor"]
const device = tallyOf(recorded).runs[0]?.device as Hex

function chainOf({ withdrawnAfter, vouchedFor = place.operator, anchoredRoot = (root) => root, stateAfter }: Scene) {
  const { registry, operator, voucher, blockNumber, anchoredAt } = place
  const logs = tallyOf(recorded).runs.map(({ run, root, anchor: { position, head } }) => {
    const ledger = ledgerIdOf(operator, voucher)
    return events.anchored(registry, ledger, device, run, [
      ...[anchoredRoot(root), position, head],
      BigInt(anchoredAt - (anchoredAt % 60)),
    ])
  })
  const since = withdrawnAfter === undefined ? NEVER : BigInt(anchoredAt + withdrawnAfter)
  const slot = slotsOf.vouch(device, voucher)[0]
  const state = { [registry]: new Map([[slot, BigInt(vouchedFor) | (since << 160n)]]) }
  const receipts = [stranger, { type: 2, status: 1, logs }, stranger]
  const anchors: BlockSpec = { number: blockNumber, timestamp: anchoredAt, receipts }
  const later = stateAfter ?? DAY_BLOCKS
  const timestamp = anchoredAt + Number(later) * BLOCK_SECONDS
  const anchored = buildBlock({ ...anchors, ...(later === 0n ? { state } : {}) })
  const seen = later === 0n ? anchored : buildBlock({ number: blockNumber + later, timestamp, receipts: [], state })
  const proof = { anchored: anchored.proveReceipt(ANCHOR_INDEX), state: seen.proveStorage(registry, [slot]) }
  return { blocks: [...new Set([anchored, seen])], proof }
}

function play(scene: Scene): PresentationCase {
  const { blocks, proof } = chainOf(scene)
  const tally = tallyOf(recorded)
  const proven = {
    ...tally,
    runs: tally.runs.map((run) => ({ ...run, anchorProof: proof })).map(scene.run ?? ((r) => r)),
  }
  const trustedBlocks = blocks.map(({ number, hash }) => ({ number, hash }))
  const policy: Policy = {
    ...POLICY_TEMPLATE,
    chains: [{ chainId: tally.chainId, registries: [tally.registry], trustedBlocks, rpcs: [], checkpoints: null }],
    vouchers: [place.voucher],
    claims: { ...POLICY_TEMPLATE.claims, developmentKeys: true },
  }
  return {
    document: {
      ...recorded,
      tallies: [scene.tally?.(proven) ?? proven],
      bounds: recorded.bounds.map((bound) => scene.bound?.(bound) ?? bound),
    },
    policy: scene.policy?.(policy) ?? policy,
  }
}

const of = (name: string, title: string, expect: Expected, scene: Scene): Case => ({
  ...{ name: `presentation-chosen-${name}`, title, expect },
  presentation: play(scene),
})

const withAnchor = (change: Partial<ChosenRun["anchor"]>) => (run: ChosenRun) => ({
  ...run,
  anchor: { ...run.anchor, ...change },
})
const asOf = (blocks: bigint, seconds: number) => (policy: Policy) => ({
  ...policy,
  vouchesAsOf: place.anchoredAt + Number(blocks) * BLOCK_SECONDS + seconds,
})
const onlyBlocks = (numbers: (number: bigint) => boolean) => (policy: Policy) => ({
  ...policy,
  chains: policy.chains.map((chain) => ({
    ...chain,
    trustedBlocks: chain.trustedBlocks.filter(({ number }) => numbers(number)),
  })),
})

/** Claims over runs that the operator chose. */
export const CHOSEN_CASES: readonly Case[] = [
  {
    ...of("valid", "A claim over two chosen runs, whose vouch held a day later.", valid, {}),
    findings: { present: [], absent: ["RUNS_VOID", "DEVICE_SILENT", "DEVICES_UNPROVEN"] },
  },
  of("withdrawn", "The voucher withdrew its word from the very second of the anchor.", invalid("VOUCH_WITHDRAWN"), {
    withdrawnAfter: 0,
  }),
  of("withdrawn-before", "The voucher withdrew its word from before the anchor.", invalid("VOUCH_WITHDRAWN"), {
    withdrawnAfter: -3600,
  }),
  of("withdrawn-later", "The voucher withdrew its word from a second after the anchor.", valid, { withdrawnAfter: 1 }),
  of("vouch-other-operator", "The vouch in the state is for another operator.", invalid("VOUCH_MISSING"), {
    vouchedFor: accountOf("another operator"),
  }),
  of("state-absent", "There is no storage proof of the vouch.", undetermined("PROOF_ABSENT"), {
    run: ({ anchorProof, ...run }) => {
      const { state: _, ...rest } = anchorProof ?? { anchored: { header: "0x", index: 0, nodes: [] } }
      return { ...run, anchorProof: rest }
    },
  }),
  of("state-before-anchor", "The state is of a block before the anchor's.", invalid("STATE_PROOF_INVALID"), {
    stateAfter: -1n,
  }),
  of("state-unknown", "The policy does not know the state's block.", undetermined("TRUST_ROOT_MISSING"), {
    policy: onlyBlocks((number) => number === place.blockNumber),
  }),
  of("state-as-of-proof", "The policy asks of vouches as of the very time of the state.", valid, {
    policy: asOf(DAY_BLOCKS, 0),
  }),
  of("state-too-old", "The policy asks of vouches a second after the state.", undetermined("STATE_TOO_OLD"), {
    policy: asOf(DAY_BLOCKS, 1),
  }),
  of("withdrawn-and-too-old", "The state is too old, and shows a withdrawal.", invalid("VOUCH_WITHDRAWN"), {
    ...{ withdrawnAfter: -1, policy: asOf(DAY_BLOCKS, 1) },
  }),
  of("anchor-unproved", "There is no proof of the anchors.", undetermined("PROOF_ABSENT"), {
    run: ({ anchorProof: _, ...run }) => run,
  }),
  of("anchor-unknown", "The policy does not know the anchors' block.", undetermined("TRUST_ROOT_MISSING"), {
    policy: onlyBlocks((number) => number !== place.blockNumber),
  }),
  of("state-at-anchor", "The state is of the anchor's own block.", valid, { stateAfter: 0n }),
  of("some-ledgers", "The policy expects another ledger of the operator too, of which nothing is said.", valid, {
    policy: (policy) => ({
      ...policy,
      ledgers: [place.voucher, accountOf("another voucher")].map((voucher) => ({ operator: place.operator, voucher })),
    }),
  }),
  of("period-empty", "The period ends when it begins.", invalid("CLAIM_PERIOD_MISMATCH"), {
    tally: (tally) => ({ ...tally, to: tally.from }),
  }),
  of("period-of-a-second", "The period is a second long, and more was proved.", invalid("CLAIM_PROOF_INVALID"), {
    tally: (tally) => ({ ...tally, to: tally.from + 1 }),
  }),
  of("runs-swapped", "The runs stand in another order.", invalid("CLAIM_SEGMENTS_BROKEN"), {
    tally: (tally) => ({ ...tally, runs: tally.runs.toReversed() }),
  }),
  of("run-of-other-start", "A run does not begin at what was counted before it.", invalid("CLAIM_SEGMENTS_BROKEN"), {
    run: ({ cFrom, ...run }) => ({ ...run, cFrom: otherHex(cFrom) as Hex }),
  }),
  of("anchor-of-another-device", "The anchors are of another device.", invalid("ANCHOR_MISMATCH"), {
    run: (run) => ({ ...run, device: otherHex(run.device) as Hex }),
  }),
  of("anchor-of-another-run", "The anchors are of other runs.", invalid("ANCHOR_MISMATCH"), {
    run: (run) => ({ ...run, run: run.run + 1n }),
  }),
  of("anchor-of-another-ledger", "The anchors name another operator.", invalid("ANCHOR_MISMATCH"), {
    run: withAnchor({ operator: accountOf("another operator") }),
  }),
  of("anchor-on-another-chain", "The anchors are of another chain than the claim.", invalid("ANCHOR_MISMATCH"), {
    run: withAnchor({ chainId: place.chainId + 1 }),
  }),
  of("anchor-in-another-registry", "The anchors are of another registry than the claim.", invalid("ANCHOR_MISMATCH"), {
    run: withAnchor({ registry: accountOf("another registry") }),
  }),
  of("anchor-a-block-later", "The anchors name the block after their own.", invalid("ANCHOR_MISMATCH"), {
    run: withAnchor({ blockNumber: place.blockNumber + 1n }),
  }),
  of("anchor-a-transaction-later", "The anchors name the transaction after their own.", invalid("ANCHOR_MISMATCH"), {
    run: withAnchor({ transactionIndex: place.transactionIndex + 1 }),
  }),
  of("anchor-a-second-later", "The anchors name the second after that of their block.", invalid("ANCHOR_MISMATCH"), {
    run: withAnchor({ anchoredAt: place.anchoredAt + 1 }),
  }),
  of("anchor-a-second-earlier", "The anchors name the second before that of their block.", invalid("ANCHOR_MISMATCH"), {
    run: withAnchor({ anchoredAt: place.anchoredAt - 1 }),
  }),
  of("anchor-time", "The anchors name another time than their block has.", invalid("ANCHOR_MISMATCH"), {
    run: withAnchor({ anchoredAt: 1_000_000_000 }),
  }),
  of("anchor-position", "The anchors name another place in the ledger.", invalid("ANCHOR_MISMATCH"), {
    run: withAnchor({ position: 77n }),
  }),
  of("anchor-head", "The anchors name another head.", invalid("ANCHOR_MISMATCH"), {
    run: withAnchor({ head: otherHex(place.head) as Hex }),
  }),
  of("root-not-anchored", "The registry anchored another root.", invalid("ROOT_NOT_ANCHORED"), {
    anchoredRoot: (root) => otherHex(root) as Hex,
  }),
  of("run-twice", "A run is counted twice.", invalid("CLAIM_SEGMENTS_BROKEN"), {
    tally: (tally) => ({ ...tally, runs: [...tally.runs, ...tally.runs.slice(-1)] }),
  }),
  of("run-dropped", "A run is left out of the numbers.", invalid("CLAIM_PROOF_INVALID"), {
    tally: (tally) => ({ ...tally, runs: tally.runs.slice(0, 1) }),
  }),
  of("better-bound", "The bound is better than the one that was proved.", invalid("CLAIM_PROOF_INVALID"), {
    bound: (bound) => ({ ...bound, hi: bound.hi - 1n }),
  }),
  of("voucher-not-believed", "The policy does not believe the voucher.", unaccepted("VOUCHER_NOT_ACCEPTED"), {
    policy: (policy) => ({ ...policy, vouchers: [accountOf("another voucher")] }),
  }),
]
