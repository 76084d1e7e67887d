import assert from "node:assert/strict"
import { type AnchorProof, type CheckpointProof, encodeDocument, type Hex, Rejection } from "@wattest/protocol"
import { buildBlock, type TestBlock } from "@wattest/testkit/conformance/chain"
import { buildCheckpoint } from "@wattest/testkit/conformance/checkpoint"
import { accountOf } from "@wattest/testkit/conformance/keys"
import { type Story, tell } from "@wattest/testkit/conformance/story"
import { verifyCertificate } from "@wattest/verifier"
import { proveCheckpoint } from "../../verifier/src/chain/checkpoint.ts"
import { parseHeader } from "../../verifier/src/chain/header.ts"
import { codeOf, failuresOf, OFFLINE } from "./judging.ts"

const rootChain = accountOf("RootChain")
const parentOf = (blocks: readonly TestBlock[], number = 19_000_000n) =>
  buildCheckpoint({ blocks, headerBlock: 10_000n, rootChain, number, timestamp: 1_790_001_000 })
const blocksFrom = (first: bigint, count: number) =>
  Array.from({ length: count }, (_, i) =>
    buildBlock({ number: first + BigInt(i), timestamp: 1_790_000_000 + i, receipts: [] }),
  )

describe("checkpoints on the parent chain", () => {
  it("hold for every block of a range of any length", () => {
    for (const count of [1, 2, 3, 8, 13]) {
      const blocks = blocksFrom(500n, count)
      const { parent, prove } = parentOf(blocks)
      for (const block of blocks)
        assert.equal(proveCheckpoint(parseHeader(block.header), prove(block), rootChain).hash, parent.hash)
    }
  })

  it("refuse another block, another path, another contract and another range", () => {
    const blocks = blocksFrom(500n, 13)
    const { prove } = parentOf(blocks)
    const [block, other] = [blocks[4] as TestBlock, blocks[5] as TestBlock]
    const proof = prove(block)
    const wrong: readonly (readonly [TestBlock, CheckpointProof, Hex])[] = [
      [other, proof, rootChain],
      [block, prove(other), rootChain],
      [block, proof, accountOf("another contract")],
      [block, { ...proof, siblings: proof.siblings.slice(1) }, rootChain],
      [block, { ...proof, siblings: [...proof.siblings, proof.siblings[0] as Hex] }, rootChain],
      [block, { ...proof, firstBlock: 499n }, rootChain],
      [block, { ...proof, lastBlock: 513n }, rootChain],
      [block, { ...proof, headerBlock: 20_000n }, rootChain],
      [blocksFrom(499n, 1)[0] as TestBlock, proof, rootChain],
    ]
    for (const [subject, candidate, contract] of wrong)
      assert.throws(
        () => proveCheckpoint(parseHeader(subject.header), candidate, contract),
        (error) => error instanceof Rejection && error.code === "CHECKPOINT_PROOF_INVALID",
      )
  })

  /** A certificate whose blocks are known by checkpoint alone, under a policy that lists this parent block. */
  async function judgeUnder(parentHash: (hash: Hex) => Hex) {
    const plain = tell({})
    const range = plain.blocks.filter(({ number }) => number >= 98n)
    // The parent's block has the number of one of the chain's own.
    const { parent, prove } = parentOf(range, 99n)
    const [vouch, enrol, anchor] = range as [TestBlock, TestBlock, TestBlock]
    const proof = (given: AnchorProof): AnchorProof => ({
      anchored: given.anchored,
      ...(given.enrolled && { enrolled: { ...given.enrolled, checkpoint: prove(enrol) } }),
      ...(given.vouched && { vouched: { ...given.vouched, checkpoint: prove(vouch) } }),
      checkpoint: prove(anchor),
    })
    const policy: Story["policy"] = (given) => ({
      ...given,
      require: ["enrolment", "vouch"],
      chains: [
        ...given.chains.map((chain) => ({ ...chain, trustedBlocks: [], checkpoints: { chainId: 1, rootChain } })),
        {
          chainId: 1,
          registries: [],
          trustedBlocks: [{ number: parent.number, hash: parentHash(parent.hash) }],
          rpcs: [],
          checkpoints: null,
        },
      ],
    })
    const told = tell({ proof, policy })
    return verifyCertificate(encodeDocument(told.certificate), told.policy, OFFLINE)
  }

  it("make a certificate valid whose own chain nobody can be asked about", async () => {
    const result = await judgeUnder((hash) => hash)
    assert.equal(codeOf(result), "valid", JSON.stringify(failuresOf(result)))
    const trusted = result.trustedBlocks.map(({ chainId, number, by }) => `${chainId}/${number} ${by}`)
    const own = [100, 98, 99].map((number) => `31337/${number} checkpoint`)
    assert.deepEqual(trusted.sort(), ["1/99 list", ...own])
  })

  it("make none valid where the parent's block is another one", async () => {
    assert.equal(codeOf(await judgeUnder(() => `0x${"12".repeat(32)}`)), "BLOCK_NOT_TRUSTED")
  })
})
