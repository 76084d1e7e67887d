import { type AnchorProof, type Hex, type StateProof, toHex } from "@wattest/protocol"
import { buildBlock } from "@wattest/testkit/conformance/chain"
import { buildCheckpoint } from "@wattest/testkit/conformance/checkpoint"
import { accountOf, bytesOf } from "@wattest/testkit/conformance/keys"
import { START_MS, type Story, tell } from "@wattest/testkit/conformance/story"
import { type Case, flipping, invalid, put, SHORT, setting, undetermined, valid } from "./case.ts"

const run = "runs.0"
const proof = (change: (given: AnchorProof) => AnchorProof | undefined): Story => ({ ...SHORT, proof: change })
const rootChain = accountOf("RootChain")

/** A story with its blocks under a checkpoint, and the policy that believes the parent's block alone. */
export function underCheckpoint(change: (given: AnchorProof) => AnchorProof, base: Story = SHORT): Story {
  const told = tell(base)
  const blocks = told.blocks.filter(({ number }) => number >= 98n)
  const spec = { blocks, headerBlock: 10_000n, rootChain, number: 19_000_000n, timestamp: START_MS / 1000 + 600 }
  const { parent, prove } = buildCheckpoint(spec)
  const anchor = blocks.at(-1)
  const [vouch, enrol] = blocks
  return {
    ...base,
    proof: ({ anchored, enrolled, vouched }) =>
      change({
        anchored,
        ...(enrolled && enrol && { enrolled: { ...enrolled, checkpoint: prove(enrol) } }),
        ...(vouched && vouch && { vouched: { ...vouched, checkpoint: prove(vouch) } }),
        ...(anchor && { checkpoint: prove(anchor) }),
      }),
    policy: (policy) => ({
      ...policy,
      require: ["enrolment", "vouch"],
      chains: [
        ...policy.chains.map((chain) => ({ ...chain, trustedBlocks: [], checkpoints: { chainId: 1, rootChain } })),
        ...[
          {
            chainId: 1,
            registries: [],
            rpcs: [],
            checkpoints: null,
            trustedBlocks: [{ number: parent.number, hash: parent.hash }],
          },
        ],
      ],
    }),
  }
}

/** The policy lists the chain's own blocks and none of the parent's. */
function listed(story: Story): Story {
  return {
    ...story,
    policy: (given) => {
      const policy = story.policy?.(given) ?? given
      const [own] = given.chains
      const chains = policy.chains.map((chain, i) => ({
        ...chain,
        trustedBlocks: i === 0 ? (own?.trustedBlocks ?? []) : [],
      }))
      return { ...policy, chains }
    },
  }
}

/** The checkpoint of the vouch's block, shown with the anchor's. */
const ofOtherBlock = (given: AnchorProof): AnchorProof => ({
  ...given,
  ...(given.vouched?.checkpoint && { checkpoint: given.vouched.checkpoint }),
})

/** The slots of the anchor's checkpoint otherwise. */
const slotted =
  (change: (slots: StateProof["slots"]) => StateProof["slots"]) =>
  ({ checkpoint, ...given }: AnchorProof): AnchorProof => {
    if (checkpoint === undefined) return given
    const { state } = checkpoint
    return { ...given, checkpoint: { ...checkpoint, state: { ...state, slots: change(state.slots) } } }
  }

/** Unix seconds of the block that anchors a short run, in whose state its vouch is proved. */
const anchorTime = tell(SHORT).blocks.at(-1)?.timestamp ?? 0

/** A vouch may come after the run began: that deserves a question and no refusal. */
const VOUCH_TIME_CASES: readonly Case[] = [
  {
    name: "valid-vouch-after-start",
    title: "The run began a minute before the voucher gave its word for the device.",
    expect: valid,
    findings: { present: ["RUN_BEFORE_VOUCH"], absent: [] },
    story: { ...SHORT, vouchedAt: START_MS / 1000 + 60 },
  },
  {
    name: "valid-vouch-at-start",
    title: "The word of the voucher is younger than the run by what the policy's clocks may differ.",
    expect: valid,
    findings: { present: [], absent: ["RUN_BEFORE_VOUCH"] },
    story: { ...SHORT, vouchedAt: START_MS / 1000 + 15 },
  },
]

/** A submission tells the minute by whose end its runs had ended. */
const THROUGH_CASES: readonly Case[] = [
  {
    name: "through-before-end",
    title: "The device's submission tells a minute that was over before the run ended.",
    expect: invalid("THROUGH_BEFORE_END"),
    story: { ...SHORT, through: (through) => through - 60 },
  },
  {
    name: "anchored-through-before-end",
    title: "The run was anchored by a submission that tells an earlier minute than the document's.",
    expect: invalid("THROUGH_BEFORE_END"),
    story: { ...SHORT, anchoredThrough: (through) => through - 60 },
  },
  {
    name: "valid-submission-signed-again",
    title: "The document's submission tells a later minute than the one that anchored the run.",
    expect: valid,
    story: { ...SHORT, through: (through) => through + 60, anchoredThrough: (through) => through - 60 },
  },
  {
    name: "through-exchanged",
    title: "The submission tells another minute than the device signed.",
    expect: invalid("SUBMISSION_SIGNATURE_INVALID"),
    story: SHORT,
    edit: setting(`${run}.submission.through`, 60 * Math.ceil(START_MS / 60_000) + 600),
  },
  {
    name: "through-within-a-minute",
    title: "The submission tells a second within a minute.",
    expect: invalid("FIELD_MALFORMED"),
    story: SHORT,
    edit: setting(`${run}.submission.through`, 60 * Math.ceil(START_MS / 60_000) + 1),
  },
]

/** From the event to the trusted block. */
export const CHAIN_CASES: readonly Case[] = [
  ...VOUCH_TIME_CASES,
  ...THROUGH_CASES,
  {
    name: "valid-checkpoint",
    title: "The blocks lie under a checkpoint in a trusted block of the parent chain.",
    expect: valid,
    story: underCheckpoint((given) => given),
  },
  {
    ...{
      name: "checkpoint-of-other-block",
      title: "The checkpoint's path is that of another block.",
      expect: invalid("CHECKPOINT_PROOF_INVALID"),
    },
    story: underCheckpoint(ofOtherBlock),
  },
  {
    name: "checkpoint-slots-swapped",
    title: "The words of the checkpoint stand in another order.",
    expect: invalid("CHECKPOINT_PROOF_INVALID"),
    story: underCheckpoint(slotted((slots) => slots.toReversed())),
  },
  {
    name: "checkpoint-slot-left-out",
    title: "A word of the checkpoint is left out.",
    expect: invalid("CHECKPOINT_PROOF_INVALID"),
    story: underCheckpoint(slotted((slots) => slots.slice(0, 2))),
  },
  {
    name: "refused-behind-an-open-run",
    title: "Nothing proves the first run's anchor, and the second's claims another head.",
    expect: invalid("ANCHOR_MISMATCH"),
    story: { ...SHORT, runs: 2 },
    edit: (certificate) => flipping("runs.1.anchor.head")(put(certificate, "runs.0.proof", undefined)),
  },
  {
    name: "valid-checkpoint-of-listed-block",
    title: "The policy lists the blocks, and the checkpoint over them leads to a block that nobody knows.",
    expect: valid,
    story: listed(underCheckpoint((given) => given)),
  },
  {
    ...{
      name: "checkpoint-of-other-block-listed",
      title: "The policy lists the block, and the checkpoint's path is that of another.",
      expect: invalid("CHECKPOINT_PROOF_INVALID"),
    },
    story: listed(underCheckpoint(ofOtherBlock)),
  },
  {
    ...{
      name: "anchor-proof-absent",
      title: "The certificate holds no anchor proof.",
      expect: undetermined("PROOF_ABSENT"),
    },
    story: proof(() => undefined),
  },
  {
    name: "anchor-position-moved",
    title: "The anchor claims another place in the ledger.",
    expect: invalid("ANCHOR_MISMATCH"),
    story: SHORT,
    edit: setting(`${run}.anchor.position`, "1"),
  },
  {
    name: "anchor-head-exchanged",
    title: "The anchor claims another head.",
    expect: invalid("ANCHOR_MISMATCH"),
    story: SHORT,
    edit: flipping(`${run}.anchor.head`),
  },
  {
    name: "anchor-earlier",
    title: "The anchor claims an earlier time than its block.",
    expect: invalid("ANCHOR_MISMATCH"),
    story: SHORT,
    edit: setting(`${run}.anchor.anchoredAt`, START_MS / 1000 + 31),
  },
  {
    name: "anchor-other-block",
    title: "The anchor claims another block number.",
    expect: invalid("ANCHOR_MISMATCH"),
    story: SHORT,
    edit: setting(`${run}.anchor.blockNumber`, "99"),
  },
  {
    name: "anchor-other-transaction",
    title: "The anchor claims another transaction.",
    expect: invalid("ANCHOR_MISMATCH"),
    story: SHORT,
    edit: setting(`${run}.anchor.transactionIndex`, 2),
  },
  {
    name: "anchor-other-log",
    title: "The anchor claims a log that the receipt does not have.",
    expect: invalid("ANCHOR_PROOF_INVALID"),
    story: SHORT,
    edit: setting(`${run}.anchor.logIndex`, 1),
  },
  {
    ...{
      name: "anchor-other-operator",
      title: "The anchor claims the ledger of another operator.",
      expect: invalid("ANCHOR_MISMATCH"),
      story: SHORT,
    },
    edit: setting(`${run}.anchor.operator`, accountOf("another operator")),
  },
  {
    ...{
      name: "anchor-of-other-root",
      title: "The event holds another root than the device submitted.",
      expect: invalid("ROOT_NOT_ANCHORED"),
    },
    story: {
      ...SHORT,
      logs: (logs, kind) =>
        kind === "anchored" ? logs.map((log) => ({ ...log, data: `0x01${log.data.slice(4)}` as Hex })) : logs,
    },
  },
  {
    ...{
      name: "anchor-by-stranger",
      title: "The event was emitted by another contract.",
      expect: invalid("ANCHOR_PROOF_INVALID"),
    },
    story: {
      ...SHORT,
      logs: (logs, kind) =>
        kind === "anchored" ? logs.map((log) => ({ ...log, address: accountOf("stranger") })) : logs,
    },
  },
  {
    ...{ name: "anchor-failed-transaction", title: "The transaction failed.", expect: invalid("ANCHOR_PROOF_INVALID") },
    story: {
      ...SHORT,
      block: (block) => ({ ...block, receipts: block.receipts.map((receipt) => ({ ...receipt, status: 0 })) }),
    },
  },
  {
    ...{
      name: "anchor-unknown-receipt-type",
      title: "The receipt is of a type that no hard fork has.",
      expect: invalid("ANCHOR_PROOF_INVALID"),
    },
    story: {
      ...SHORT,
      block: (block) => ({ ...block, receipts: block.receipts.map((receipt) => ({ ...receipt, type: 9 })) }),
    },
  },
  ...[15, 16, 17, 20].map(
    (fields): Case => ({
      ...{
        name: `valid-header-of-${fields}-fields`,
        title: `The block is of a hard fork whose headers have ${fields} fields.`,
        expect: valid,
      },
      story: { ...SHORT, block: (block) => ({ ...block, fields }) },
    }),
  ),
  {
    ...{
      name: "header-of-18-fields",
      title: "The header has a number of fields that no hard fork has.",
      expect: invalid("ANCHOR_PROOF_INVALID"),
    },
    story: { ...SHORT, block: (block) => ({ ...block, fields: 18 }) },
  },
  {
    ...{
      name: "anchor-node-added",
      title: "The receipt proof holds a node that leads nowhere.",
      expect: invalid("ANCHOR_PROOF_INVALID"),
    },
    story: proof((given) => ({ ...given, anchored: { ...given.anchored, nodes: [...given.anchored.nodes, "0xc0"] } })),
  },
  {
    ...{
      name: "block-made-up",
      title: "The header belongs to no block of the chain.",
      expect: invalid("BLOCK_NOT_TRUSTED"),
    },
    story: {
      ...SHORT,
      proof: (given) => given,
      policy: (policy) => ({
        ...policy,
        chains: policy.chains.map((chain) => ({
          ...chain,
          trustedBlocks: chain.trustedBlocks.map(({ number }) => ({
            number,
            hash: toHex(bytesOf(`true block ${number}`)),
          })),
        })),
      }),
    },
  },
  {
    ...{
      name: "block-unknown",
      title: "The policy knows no block, and no node to ask.",
      expect: undetermined("TRUST_ROOT_MISSING"),
    },
    story: {
      ...SHORT,
      policy: (policy) => ({ ...policy, chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [] })) }),
    },
  },
  {
    name: "enrolment-absent",
    title: "The enrolment's receipt is missing, and the policy demands it.",
    expect: undetermined("PROOF_ABSENT"),
    story: proof(({ enrolled: _, ...rest }) => rest),
  },
  {
    ...{
      name: "enrolment-of-other-key",
      title: "The enrolment is that of another key.",
      expect: invalid("ENROLMENT_MISMATCH"),
    },
    story: {
      ...SHORT,
      logs: (logs, kind) =>
        kind === "enrolled" ? logs.map((log) => ({ ...log, data: `${log.data.slice(0, -1)}0` as Hex })) : logs,
    },
  },
  {
    name: "boundary-other-than-enrolled",
    title: "The device enrolled to meter a rack, and the run is of a node.",
    expect: invalid("BOUNDARY_MISMATCH"),
    story: { ...SHORT, enrolledBoundary: 3n },
  },
  {
    ...{
      name: "enrolment-is-a-vouch",
      title: "The vouch is shown in place of the enrolment.",
      expect: invalid("ANCHOR_PROOF_INVALID"),
    },
    story: proof((given) => (given.vouched ? { ...given, enrolled: given.vouched } : given)),
  },
  {
    ...{ name: "vouch-for-other-device", title: "The vouch is for another device.", expect: invalid("VOUCH_MISSING") },
    story: {
      ...SHORT,
      logs: (logs, kind) =>
        kind === "vouched"
          ? logs.map((log) => ({
              ...log,
              topics: log.topics.map((topic, i) => (i === 1 ? toHex(bytesOf("device")) : topic)),
            }))
          : logs,
    },
  },
  {
    name: "vouch-withdrawn",
    title: "The voucher withdrew its word before the run was anchored.",
    expect: invalid("VOUCH_WITHDRAWN"),
    story: { ...SHORT, withdrawnSince: BigInt(START_MS / 1000) },
  },
  {
    name: "valid-vouch-withdrawn-later",
    title: "The voucher withdrew its word from a time after the anchor.",
    expect: valid,
    story: { ...SHORT, withdrawnSince: BigInt(START_MS / 1000 + 3600) },
  },
  {
    name: "withdrawal-unknown",
    title: "There is no storage proof of the vouch, and the policy demands it.",
    expect: undetermined("PROOF_ABSENT"),
    story: proof(({ state: _, ...rest }) => rest),
  },
  {
    ...{
      name: "withdrawal-hidden",
      title: "A digit of the storage proof is another one.",
      expect: invalid("STATE_PROOF_INVALID"),
      story: SHORT,
    },
    edit: flipping(`${run}.proof.state.account.0`),
  },
  {
    name: "state-slot-twice",
    title: "The storage proof holds the vouch's slot twice: a document with more than it needs has a second spelling.",
    expect: invalid("STATE_PROOF_INVALID"),
    story: proof(({ state, ...given }) => ({
      ...given,
      ...(state && { state: { ...state, slots: [...state.slots, ...state.slots] } }),
    })),
  },
  {
    ...{
      name: "withdrawal-before-anchor",
      title: "The storage proof is as of a block before the anchor.",
      expect: invalid("STATE_PROOF_INVALID"),
    },
    story: proof((given) => {
      const early = buildBlock({
        number: 50n,
        timestamp: 1,
        receipts: [],
        state: { [accountOf("registry")]: new Map([[toHex(bytesOf("s")), 1n]]) },
      })
      return { ...given, state: early.proveStorage(accountOf("registry"), [toHex(bytesOf("s"))]) }
    }),
  },
  {
    name: "valid-vouch-as-of-anchor",
    title: "The policy asks of the vouch as of the very time of the storage proof.",
    expect: valid,
    story: { ...SHORT, policy: (policy) => ({ ...policy, vouchesAsOf: anchorTime }) },
  },
  {
    name: "vouch-state-too-old",
    title: "The storage proof is a second older than the policy asks of the vouch.",
    expect: undetermined("STATE_TOO_OLD"),
    story: { ...SHORT, policy: (policy) => ({ ...policy, vouchesAsOf: anchorTime + 1 }) },
  },
  {
    name: "vouch-withdrawn-state-too-old",
    title: "The vouch was withdrawn, and the proof of it is older than the policy asks.",
    expect: invalid("VOUCH_WITHDRAWN"),
    story: {
      ...SHORT,
      withdrawnSince: BigInt(START_MS / 1000),
      policy: (policy) => ({ ...policy, vouchesAsOf: anchorTime + 1 }),
    },
  },
  {
    ...{
      name: "anchored-before-its-end",
      title: "The run ends an hour after its anchor.",
      expect: invalid("ANCHOR_BEFORE_END"),
    },
    story: { ...SHORT, block: (block) => ({ ...block, timestamp: block.timestamp - 3600 }) },
  },
]
