import type { AnchorProof, CheckpointProof } from "@wattest/protocol"
import type { TestBlock } from "@wattest/testkit/conformance/chain"
import { buildCheckpoint } from "@wattest/testkit/conformance/checkpoint"
import { accountOf } from "@wattest/testkit/conformance/keys"
import { ENROL_BLOCK, FIRST_ANCHOR_BLOCK, VOUCH_BLOCK } from "@wattest/testkit/conformance/scene"
import { START_MS, type Story, tell } from "@wattest/testkit/conformance/story"
import { type Case, type Expected, invalid, SHORT, valid } from "./case.ts"

/** A checkpoint holds for the blocks that RootChain names, however a path beside them would fold. */

const rootChain = accountOf("RootChain")
const told = tell(SHORT)

type Place = "checkpoint" | "vouched"
const NUMBER_OF: { readonly [P in Place]: bigint } = { checkpoint: FIRST_ANCHOR_BLOCK, vouched: VOUCH_BLOCK }

/** One block is believed by its checkpoint alone, the others by the policy's list. */
type Under = {
  readonly place: Place
  /** Numbers of the blocks in the tree, and the range that RootChain names. */
  readonly leaves: readonly bigint[]
  readonly range: readonly [first: bigint, last: bigint]
  readonly change?: (proof: CheckpointProof) => CheckpointProof
}

function placed(given: AnchorProof, place: Place, checkpoint: CheckpointProof): AnchorProof {
  if (place === "checkpoint") return { ...given, checkpoint }
  return given.vouched === undefined ? given : { ...given, vouched: { ...given.vouched, checkpoint } }
}

function under({ place, leaves, range, change = (proof) => proof }: Under): Story {
  const own = told.blocks.find(({ number }) => number === NUMBER_OF[place])
  if (own === undefined) throw new TypeError(`the story has no block ${NUMBER_OF[place]}`)
  // A leaf of a number that no block of the story has is that of a block beside it.
  const blocks = leaves.map(
    (number): TestBlock => told.blocks.find((one) => one.number === number) ?? { ...own, number },
  )
  const spec = { headerBlock: 20_000n, rootChain, number: 19_000_001n, timestamp: START_MS / 1000 + 600 }
  const { parent, prove } = buildCheckpoint({ ...spec, blocks, range })
  const listed = { chainId: 1, registries: [], rpcs: [], checkpoints: null }
  return {
    ...SHORT,
    proof: (given) => placed(given, place, change(prove(own))),
    policy: (policy) => ({
      ...policy,
      require: ["enrolment", "vouch"],
      chains: [
        ...policy.chains.map((chain) => ({
          ...chain,
          trustedBlocks: chain.trustedBlocks.filter(({ number }) => number !== own.number),
          checkpoints: { chainId: 1, rootChain },
        })),
        { ...listed, trustedBlocks: [{ number: parent.number, hash: parent.hash }] },
      ],
    }),
  }
}

const refused = invalid("CHECKPOINT_PROOF_INVALID")
const of = (name: string, title: string, expect: Expected, given: Under): Case => ({
  ...{ name, title, expect, story: under(given) },
})

const [V, E, A] = [VOUCH_BLOCK, ENROL_BLOCK, FIRST_ANCHOR_BLOCK]

export const CHECKPOINT_CASES: readonly Case[] = [
  of("valid-checkpoint-last-block", "The anchor's block is the last of its checkpoint.", valid, {
    ...{ place: "checkpoint", leaves: [V, E, A], range: [V, A] },
  }),
  of("checkpoint-ends-before", "RootChain names a checkpoint that ends a block before the anchor's.", refused, {
    ...{ place: "checkpoint", leaves: [V - 1n, V, E, A], range: [V - 1n, E] },
  }),
  of("valid-checkpoint-first-block", "The vouch's block is the first of its checkpoint.", valid, {
    ...{ place: "vouched", leaves: [V, E], range: [V, E] },
  }),
  of("checkpoint-begins-after", "RootChain names a checkpoint that begins a block after the vouch's.", refused, {
    ...{ place: "vouched", leaves: [V - 1n, V], range: [E, A] },
  }),
  of("valid-checkpoint-of-one-block", "A checkpoint of one block has no siblings.", valid, {
    ...{ place: "checkpoint", leaves: [A], range: [A, A] },
  }),
  of("checkpoint-of-one-block-with-a-sibling", "A checkpoint of one block has a path of one sibling.", refused, {
    ...{ place: "checkpoint", leaves: [A, A + 1n], range: [A, A] },
  }),
  of("checkpoint-path-a-level-short", "A checkpoint of three blocks has a path of one sibling.", refused, {
    ...{ place: "checkpoint", leaves: [A, A + 1n], range: [A, A + 2n] },
  }),
  of("checkpoint-said-longer", "The document says that the checkpoint ends a block later.", refused, {
    ...{ place: "checkpoint", leaves: [V, E, A], range: [V, A] },
    change: (proof) => ({ ...proof, lastBlock: A + 1n }),
  }),
  of("checkpoint-said-earlier", "The document says that the checkpoint begins a block earlier.", refused, {
    ...{ place: "checkpoint", leaves: [V, E, A], range: [V, A] },
    change: (proof) => ({ ...proof, firstBlock: V - 1n }),
  }),
  of("checkpoint-of-another-header", "The document names another checkpoint of RootChain.", refused, {
    ...{ place: "checkpoint", leaves: [V, E, A], range: [V, A] },
    change: (proof) => ({ ...proof, headerBlock: proof.headerBlock + 10_000n }),
  }),
]
