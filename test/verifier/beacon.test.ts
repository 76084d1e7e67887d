import assert from "node:assert/strict"
import { type Beacon, type Certificate, encodeDocument, type Hex, parseCertificate } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { tell } from "@wattest/testkit/conformance/story"
import type { ChainReader, Policy } from "@wattest/verifier"
import { checkBeacon } from "../../verifier/src/certificate/chain-checks.ts"
import type { Subject } from "../../verifier/src/certificate/subject.ts"

const { certificate, policy } = tell({})
const told = parseCertificate(encodeDocument(certificate))
const [RUN] = told.runs
assert.ok(RUN)

const hashOf = (number: bigint): Hex => `0x${number.toString(16).padStart(64, "0")}`
const beacon = (number: bigint): Beacon => ({ number, hash: hashOf(number) })
const CLOCK_MS = 500
const END_SECONDS = Math.ceil(RUN.statement.endTimeMs / 1000)
const ANCHOR = 50n

type Named = {
  readonly opening?: Beacon | null
  readonly closing?: Beacon | null
  /** Of every block that is listed, Unix seconds. */
  readonly seconds?: number | undefined
  readonly listed?: readonly Beacon[]
  readonly node?: ChainReader["blockAt"]
  /** By how much the run ends after the whole second, ms. */
  readonly endMs?: number
}

/** The times of a run's beacons, or the code. */
async function says({ opening = beacon(5n), closing = beacon(6n), seconds, listed, node, endMs = 0 }: Named) {
  const blocks = (listed ?? [beacon(5n), beacon(6n), beacon(49n), beacon(50n)]).map((block) => ({
    ...block,
    ...(seconds === undefined ? {} : { timestamp: seconds }),
  }))
  const { chainId } = (RUN as Certificate["runs"][number]).anchor
  const chain = {
    chainId,
    registries: [],
    checkpoints: null,
    trustedBlocks: blocks,
    rpcs: node ? ["http://node.example"] : [],
  }
  const asked: Policy = { ...policy, chains: [chain], tolerances: { ...policy.tolerances, clockMs: CLOCK_MS } }
  const runs = [RUN as Certificate["runs"][number]].map((run) => ({
    ...run,
    anchor: { ...run.anchor, blockNumber: ANCHOR },
    statement: {
      ...run.statement,
      endTimeMs: 1000 * END_SECONDS + endMs,
      context: { ...run.statement.context, beacon: opening },
    },
    lastCapture: {
      ...run.lastCapture,
      sources: { ...run.lastCapture.sources, closing: { beacon: closing, exitStatus: null } },
    },
  }))
  const readers = { signatures: nodeSignatures, chain: node ? { blockAt: node } : null }
  const subject = { certificate: { ...told, runs }, policy: asked, readers, onTrusted: () => {} }
  try {
    return await checkBeacon(subject as unknown as Subject)
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

const [T, MISMATCH] = [END_SECONDS, "BEACON_MISMATCH"]
const held = (opening: number | null, closing: number | null) => [{ opening, closing }]

describe("the blocks that a run names", () => {
  it("are not after its end, as far as clocks agree: to the ms", async () => {
    assert.deepEqual(await says({ seconds: T }), held(T, T))
    const outcomes = await Promise.all([-499, -500, -501].map((endMs) => says({ seconds: T, endMs })))
    assert.deepEqual(outcomes, [held(T, T), held(T, T), MISMATCH])
  })

  it("come before the anchor, each of them", async () => {
    const at = (opening: bigint | null, closing: bigint | null) =>
      says({
        seconds: T,
        opening: opening === null ? null : beacon(opening),
        closing: closing === null ? null : beacon(closing),
      })
    assert.deepEqual(await at(49n, 49n), held(T, T))
    assert.equal(await at(5n, 50n), MISMATCH)
    assert.equal(await at(50n, null), MISMATCH)
    assert.equal(await at(50n, 50n), MISMATCH)
  })

  it("come in their order; both may be one", async () => {
    const at = (opening: bigint, closing: bigint) =>
      says({ seconds: T, opening: beacon(opening), closing: beacon(closing) })
    assert.deepEqual([await at(5n, 6n), await at(5n, 5n), await at(6n, 5n)], [held(T, T), held(T, T), MISMATCH])
  })

  it("may lack the closing's, and not the opening's", async () => {
    assert.deepEqual(await says({ seconds: T, closing: null }), held(T, null))
    assert.equal(await says({ seconds: T, opening: null }), "PROOF_ABSENT")
  })

  it("are those that the policy lists, and another one of a listed number is refused", async () => {
    const listed = [{ ...beacon(5n), hash: hashOf(99n) }]
    assert.equal(await says({ seconds: T, listed, closing: null }), MISMATCH)
    assert.deepEqual(await says({ seconds: T, listed: [...listed, beacon(5n)], closing: null }), held(T, null))
  })

  it("are asked of nodes where no list says their time, and nobody else is", async () => {
    assert.equal(await says({}), "BLOCK_TIME_UNKNOWN")
    assert.equal(await says({ listed: [] }), "TRUST_ROOT_MISSING")
    const node: ChainReader["blockAt"] = async (_, number) => ({ hash: hashOf(number), timestamp: T - 1 })
    assert.deepEqual(await says({ node }), held(T - 1, T - 1))
    assert.deepEqual(await says({ node, listed: [] }), held(T - 1, T - 1))
    assert.deepEqual(await says({ node, seconds: T }), held(T, T), "a list comes first")
    assert.equal(await says({ listed: [], node: async () => null }), MISMATCH)
    assert.equal(await says({ listed: [], node: async () => ({ hash: hashOf(1n), timestamp: T }) }), MISMATCH)
  })
})
