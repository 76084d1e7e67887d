import assert from "node:assert/strict"
import { type Header, type Rpc, RpcRefusal, RpcUnavailable } from "@wattest/chain"
import { isPassedOver, replacementFees, suggestFees } from "../../relayer/src/sender/fees.ts"

const GWEI = 1_000_000_000

/** A node with this answer to every question. */
const answering = (answer: () => unknown): Rpc => ({
  request: async () => answer(),
  everywhere: async () => [],
  distrust() {},
})

const history = (...tips: readonly number[]) =>
  answering(() => ({ reward: tips.map((tip) => [`0x${tip.toString(16)}`]) }))

const tip = (baseFee: number): Header => ({
  ...{
    number: 1,
    hash: "0x",
    parentHash: "0x",
    receiptsRoot: "0x",
    logsBloom: new Uint8Array(),
    time: 0,
    gasLimit: 0n,
  },
  ...{ rlp: new Uint8Array(), baseFee },
})

const POLICY = { cap: 100 * GWEI, minTip: 30 * GWEI }

describe("what the next blocks take", () => {
  const suggest = (rpc: Rpc, baseFee: number, policy = POLICY) => suggestFees(rpc, tip(baseFee), policy)

  it("is twice the base fee and the median tip, which one greedy block does not move", async () => {
    const fees = await suggest(history(900 * GWEI, 33 * GWEI, 1, 31 * GWEI, 32 * GWEI), 10 * GWEI)
    assert.deepEqual(fees, { maxTip: 32 * GWEI, maxFee: 52 * GWEI })
  })

  it("has at least the least tip, where the chain asks for less, or the node keeps no history", async () => {
    const least = { maxTip: 30 * GWEI, maxFee: 50 * GWEI }
    assert.deepEqual(await suggest(history(1, 2, 3), 10 * GWEI), least)
    assert.deepEqual(
      await suggest(
        answering(() => ({ reward: [] })),
        10 * GWEI,
      ),
      least,
    )
    const refusing = answering(() => {
      throw new RpcRefusal("the method does not exist", -32601, null)
    })
    assert.deepEqual(await suggest(refusing, 10 * GWEI), least)
    const away = answering(() => {
      throw new RpcUnavailable("nobody is there")
    })
    await assert.rejects(suggest(away, 10 * GWEI), RpcUnavailable)
  })

  it("never passes the cap, in the tip nor in all", async () => {
    assert.deepEqual(await suggest(history(500 * GWEI), 10 * GWEI), { maxTip: 100 * GWEI, maxFee: 100 * GWEI })
    assert.deepEqual(await suggest(history(30 * GWEI), 35 * GWEI), { maxTip: 30 * GWEI, maxFee: 100 * GWEI })
    assert.deepEqual(await suggest(history(30 * GWEI), 35 * GWEI - 1), { maxTip: 30 * GWEI, maxFee: 100 * GWEI - 2 })
  })

  it("is nothing while the base fee is above the cap, and something while it is at it", async () => {
    assert.equal(await suggest(history(30 * GWEI), 100 * GWEI + 1), null)
    assert.notEqual(await suggest(history(30 * GWEI), 100 * GWEI), null)
  })
})

describe("the fees of a transaction in the place of another", () => {
  it("rise by an eighth and a wei at least, in both parts", () => {
    const old = { maxFee: 800, maxTip: 80 }
    assert.deepEqual(replacementFees(old, { maxFee: 1, maxTip: 1 }, { cap: 901, minTip: 0 }), {
      maxFee: 901,
      maxTip: 91,
    })
    assert.deepEqual(replacementFees({ maxFee: 801, maxTip: 81 }, old, { cap: 5000, minTip: 0 }), {
      maxFee: 903,
      maxTip: 93,
    })
  })

  it("are what is wanted now where that is more, the tip within the whole", () => {
    const wanted = { maxFee: 2000, maxTip: 1500 }
    assert.deepEqual(replacementFees({ maxFee: 800, maxTip: 80 }, wanted, { cap: 2000, minTip: 0 }), wanted)
    const tipped = replacementFees({ maxFee: 10, maxTip: 10 }, { maxFee: 5, maxTip: 50 }, { cap: 100, minTip: 0 })
    assert.deepEqual(tipped, { maxFee: 13, maxTip: 13 })
  })

  it("are none where they pass the cap by a wei: the operator said what a transaction may cost", () => {
    const old = { maxFee: 800, maxTip: 80 }
    assert.notEqual(replacementFees(old, old, { cap: 901, minTip: 0 }), null)
    assert.equal(replacementFees(old, old, { cap: 900, minTip: 0 }), null)
    assert.equal(replacementFees(old, { maxFee: 2001, maxTip: 80 }, { cap: 2000, minTip: 0 }), null)
  })
})

describe("a transaction that blocks pass over", () => {
  const old = { maxFee: 100, maxTip: 16 }

  it("is one to which the base fee leaves too little for its tip", () => {
    assert.equal(isPassedOver(old, old, 84), false)
    assert.equal(isPassedOver(old, old, 85), true)
  })

  it("is one that others outbid by as much as a replacement must", () => {
    assert.equal(isPassedOver(old, { maxFee: 100, maxTip: 18 }, 50), false)
    assert.equal(isPassedOver(old, { maxFee: 100, maxTip: 19 }, 50), true)
  })
})
