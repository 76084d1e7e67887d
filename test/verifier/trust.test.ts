import assert from "node:assert/strict"
import type { CheckpointProof, Hex } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { buildBlock } from "@wattest/testkit/conformance/chain"
import { type ChainReader, POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import { parseHeader } from "../../verifier/src/chain/header.ts"
import { checkBlockTrusted, checkRecent, type TrustedBlock } from "../../verifier/src/chain/trust.ts"

const HEADER = parseHeader(buildBlock({ number: 7n, timestamp: 100, receipts: [] }).header)
const OTHER: Hex = `0x${"ab".repeat(32)}`
const CHAIN = { chainId: 137, registries: [], trustedBlocks: [], rpcs: [], checkpoints: null }
type Chain = Policy["chains"][number]

/** What is said of {@link HEADER}: the reasons for trust, or the code. */
async function trust(chain: Partial<Chain>, { chainId = 137, answer }: { chainId?: number; answer?: Hex | null } = {}) {
  const policy: Policy = { ...POLICY_TEMPLATE, chains: [{ ...CHAIN, ...chain }] }
  const reader: ChainReader = {
    blockAt: async () => (answer === undefined || answer === null ? null : { hash: answer, timestamp: 100 }),
  }
  const readers = { signatures: nodeSignatures, chain: answer === undefined ? null : reader }
  const trusted: TrustedBlock[] = []
  try {
    await checkBlockTrusted(HEADER, { policy, readers, chainId, onTrusted: (block) => trusted.push(block) })
    return trusted
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

const listed = (number: bigint, hash: Hex) => ({ number, hash })
const block = (by: TrustedBlock["by"], nodes: readonly string[]): TrustedBlock => ({
  ...{ chainId: 137, number: 7n, hash: HEADER.hash, by, nodes },
})

describe("a block is trusted", () => {
  const rpcs = ["https://node.example/secret"]

  it("where the policy lists it, whatever nodes say", async () => {
    const trustedBlocks = [listed(6n, OTHER), listed(7n, HEADER.hash)]
    assert.deepEqual(await trust({ trustedBlocks }), [block("list", [])])
    assert.deepEqual(await trust({ trustedBlocks, rpcs }, { answer: OTHER }), [block("list", [])])
  })

  it("and refused where the list has another one of its number, whatever nodes say", async () => {
    const trustedBlocks = [listed(7n, OTHER)]
    assert.equal(await trust({ trustedBlocks }), "BLOCK_NOT_TRUSTED")
    assert.equal(await trust({ trustedBlocks, rpcs }, { answer: HEADER.hash }), "BLOCK_NOT_TRUSTED")
  })

  it("where nodes that the policy names agree on it, and refused where they know another or none", async () => {
    assert.deepEqual(await trust({ rpcs }, { answer: HEADER.hash }), [block("nodes", ["https://node.example"])])
    assert.equal(await trust({ rpcs }, { answer: OTHER }), "BLOCK_NOT_TRUSTED")
    assert.equal(await trust({ rpcs }, { answer: null }), "BLOCK_NOT_TRUSTED")
  })

  it("and undetermined where nobody knows: no list, no node, no reader, no such chain", async () => {
    const trustedBlocks = [listed(6n, HEADER.hash)]
    assert.equal(await trust({ trustedBlocks }), "TRUST_ROOT_MISSING")
    assert.equal(await trust({}, { answer: HEADER.hash }), "TRUST_ROOT_MISSING")
    assert.equal(await trust({ rpcs }), "TRUST_ROOT_MISSING")
    assert.equal(await trust({ rpcs }, { chainId: 1, answer: HEADER.hash }), "TRUST_ROOT_MISSING")
  })

  it("without a look at a checkpoint where the policy knows no parent chain", async () => {
    const policy: Policy = { ...POLICY_TEMPLATE, chains: [{ ...CHAIN, trustedBlocks: [listed(7n, HEADER.hash)] }] }
    const checkpoint = {} as CheckpointProof
    const readers = { signatures: nodeSignatures, chain: null }
    await assert.doesNotReject(checkBlockTrusted(HEADER, { policy, readers, chainId: 137, checkpoint }))
  })

  it("as late as the policy asks, to the second", () => {
    const of = (vouchesAsOf: number | null) => () => checkRecent(HEADER, { ...POLICY_TEMPLATE, vouchesAsOf })
    for (const time of [null, 0, 99, 100]) assert.doesNotThrow(of(time))
    assert.throws(of(101), { code: "STATE_TOO_OLD" })
    assert.doesNotThrow(() => checkRecent(HEADER, POLICY_TEMPLATE))
  })
})
