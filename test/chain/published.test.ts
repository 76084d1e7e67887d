import assert from "node:assert/strict"
import { type ChainTally, CLAIMS_ABI, NotPublished, provePublished, RpcUnavailable, readHeader } from "@wattest/chain"
import { type Hex, METRIC_NAMES } from "@wattest/protocol"
import { decodeFunctionData, encodeFunctionResult, pad } from "viem"
import { bytes32, grown, type PretendBlock, REGISTRY, rpcOf } from "./pretend-chain.ts"

const OPERATOR: Hex = pad("0x01", { size: 20 })
const CLAIMS: Hex = pad("0x02", { size: 20 })
const [block] = grown([], 0) as readonly [PretendBlock]

const bound = (metric: (typeof METRIC_NAMES)[number], denominator: number, strict = true) => ({
  ...{ metric: METRIC_NAMES.indexOf(metric), strict, denominator, lo: 1n, hi: 7n },
  ...(metric === "ratio" ? { numeratorMask: 1, denominatorMask: 1 } : { numeratorMask: 0, denominatorMask: 0 }),
})

const tallyOf = (change: Partial<ChainTally> = {}, required = 0): ChainTally => ({
  operator: OPERATOR,
  terms: {
    ...{ vouchers: [pad("0x03", { size: 20 })], from: 10n, to: 20n, asOf: 21n },
    filters: { model: "llama", unit: "token", zone: "", site: "", party: "", asked: 3, boundary: 2 },
    conditions: { energyGrade: 1, workGrade: 4, origin: 0, required },
  },
  ...{ spans: [], parts: [], openedAt: 22n, closedAt: 23n, runs: 9n, unopened: 0n, voids: 0n, accumulator: 5n },
  ...{ closing: { meteredAtLeast: 1n, blindAtMost: 2n, brokenAtMost: 3n }, bounds: [], suspect: false, ...change },
})

const proofOf = (keys: readonly Hex[]): unknown => ({
  ...{ accountProof: [], storageProof: keys.map((key) => ({ value: "0x0", proof: [key] })) },
})

const present = (tallies: readonly ChainTally[], ...numbers: readonly bigint[]) =>
  presenting(tallies, proofOf, ...numbers)

/** A presentation of tallies out of a registry of claims that answers with these, and so proves its slots. */
function presenting(tallies: readonly ChainTally[], prove: typeof proofOf, ...numbers: readonly bigint[]) {
  const view = (data: Hex) => {
    const { functionName, args } = decodeFunctionData({ abi: CLAIMS_ABI, data })
    if (functionName === "tallyCount")
      return encodeFunctionResult({ abi: CLAIMS_ABI, functionName, result: BigInt(tallies.length) })
    const result = tallies[Number(args?.[1])] ?? assert.fail("a tally that is not there is not asked for")
    return encodeFunctionResult({ abi: CLAIMS_ABI, functionName: "tallyOf", result })
  }
  const instead = (method: string, [call, keys]: readonly unknown[]) =>
    method === "eth_call" ? view((call as { data: Hex }).data) : prove(keys as readonly Hex[])
  const at = { rpc: rpcOf({ blocks: [block], finalized: 0, instead }), registry: CLAIMS }
  const source = { at, final: readHeader(block.told), chainId: 7, registry: REGISTRY }
  return provePublished(source, { operator: OPERATOR, numbers })
}

describe("tallies that a registry of claims holds", () => {
  it("are presented in order, each once, with their strict bounds, and what these divide by", async () => {
    const [first, second, third] = [
      tallyOf({ bounds: [bound("energy", 0)] }),
      tallyOf({ runs: 10n, bounds: [bound("energy", 1), bound("energy", 1, false), bound("ratio", 0)] }),
      tallyOf({ accumulator: 6n }),
    ]
    const { tallies, bounds } = await present([first, second, third], 2n, 1n, 2n)
    const numbers = tallies.map((tally) => tally.kind === "published" && [tally.number, tally.runs, tally.accumulator])
    assert.deepEqual(numbers, [
      [0n, 9n, bytes32("00").replace(/00$/, "05")],
      [1n, 10n, bytes32("00").replace(/00$/, "05")],
      [2n, 9n, bytes32("00").replace(/00$/, "06")],
    ])
    assert.deepEqual(
      bounds.map(({ metric, tally, over, published }) => [metric, tally, over, published]),
      [
        ["energy", 1, 1, 0],
        ["ratio", 1, 0, 2],
      ],
    )
  })

  it("are not presented where they are not there, not closed, suspect, or say what no document can", async () => {
    const refused = (tally: ChainTally, message: RegExp) =>
      assert.rejects(
        present([tallyOf(), tally], 0n, 1n),
        (error) => error instanceof NotPublished && message.test(error.message),
      )
    await refused(tallyOf({ closedAt: 0n }), /tally 1 of .* is not closed/)
    await refused(tallyOf({ suspect: true }), /tally 1 of .*: a voucher withdrew its word/)
    await refused(tallyOf({}, 1 << 15), /tally 1 of .* asks of runs what none has: bit-15/)
    await assert.rejects(present([tallyOf(), tallyOf()], 1n, 2n), {
      ...{ name: "NotPublished", message: /has 2 tallies in a final block, none is 2/ },
    })
    assert.equal((await present([tallyOf(), tallyOf()], 1n)).tallies.length, 1)
  })

  it("are open where the node gives no proof of them: they are there", async () => {
    const away = new RpcUnavailable("eth_getProof: away")
    const prove = () => Promise.reject(away)
    await assert.rejects(presenting([tallyOf()], prove, 0n), away)
  })
})
