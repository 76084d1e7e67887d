import assert from "node:assert/strict"
import { keccak_256 } from "@noble/hashes/sha3.js"
import {
  type Block,
  bloomHas,
  type Cursor,
  createFollower,
  type FinalSink,
  fetchBlock,
  fetchHeader,
  fetchHeaderByHash,
  fetchReceipts,
  type Rpc,
  RpcRefusal,
  readHeader,
} from "@wattest/chain"
import { decodeHeader, encodeHeader, fromHex, type Hex, toHex } from "@wattest/protocol"
import { bytes32, DEVICE, grown, logOf, type PretendBlock, type PretendNode, REGISTRY, rpcOf } from "./pretend-chain.ts"

const OTHER = bytes32("bb")

const anchored = (run: number, device = DEVICE) => ({ logs: [[logOf("Anchored", { device: device, run: run })]] })

/** A store in memory. */
function sinkOf(start: readonly PretendBlock[] = []) {
  let taken: readonly Cursor[] = start
  const steps: (readonly number[])[] = []
  const numberOf = ({ header }: Block) => header.number
  const sink: FinalSink = {
    cursor: async () => taken.at(-1) ?? null,
    finalize: async (blocks) => {
      steps.push(blocks.map(numberOf))
      taken = [...taken, ...blocks.map(({ header }) => header)]
    },
    takenBlocks: async (before, limit) =>
      taken
        .filter(({ number }) => number < before)
        .toReversed()
        .slice(0, limit),
    rewind: async ({ number }) => {
      taken = taken.filter((block) => block.number <= number)
    },
  }
  return { sink, steps, numbers: () => taken.map(({ number }) => number) }
}

function follow(rpc: Rpc, store = sinkOf()) {
  const told: unknown[] = []
  const follower = createFollower({
    rpc,
    registry: REGISTRY,
    sink: store.sink,
    events: {
      disagreement: (number, hashes) => told.push([number, hashes.length]),
      finalityViolated: (from, to) => told.push([from.number, to.number]),
    },
  })
  return { ...follower, ...store, told }
}

const node = (to: number, finalized: number | null = 0): PretendNode => ({ blocks: grown([], to), finalized })
const silent = (): PretendNode => ({
  blocks: [],
  finalized: null,
  instead: () => {
    throw new Error("nobody is there")
  },
})

describe("following a chain", () => {
  it("begins at the final block, and takes from there what becomes final, each block once and in order", async () => {
    const one = node(12, 10)
    const { advance, steps } = follow(rpcOf(one))
    const view = await advance()
    assert.deepEqual([view.tip.number, view.finalized.number, view.isCurrent], [12, 10, true])
    assert.deepEqual(steps, [[10]])
    await advance()
    one.finalized = 11
    await advance()
    Object.assign(one, { blocks: grown(one.blocks, 14), finalized: 14 })
    assert.equal((await advance()).tip.number, 14)
    assert.deepEqual(steps, [[10], [11], [12, 13, 14]])
    assert.equal((await advance()).tip.number, 14, "where nothing is above the final block it is the tip")
    Object.assign(one, { blocks: grown(one.blocks, 15), finalized: 15 })
    await advance()
    assert.deepEqual(steps.slice(3), [[15]])
  })

  it("begins at the store's last block, whatever is final by now", async () => {
    const one = node(12, 10)
    const { advance, steps } = follow(rpcOf(one), sinkOf(one.blocks.slice(7, 8)))
    await advance()
    assert.deepEqual(steps, [[8, 9, 10]])
  })

  it("takes some hundred blocks a look, and says whether it came to the end", async () => {
    for (const [head, isCurrent] of [
      [255, true],
      [256, true],
      [257, false],
    ] as const) {
      const one = node(head)
      const { advance } = follow(rpcOf(one))
      const view = await advance()
      assert.deepEqual([view.tip.number, view.isCurrent], [Math.min(head, 256), isCurrent], String(head))
      assert.deepEqual([(await advance()).tip.number, view.reorganisations], [head, 0])
    }
  })

  it("asks for few blocks at once, and settles those that it has come to, however far the final one is", async () => {
    const one = node(320, 300)
    let [open, most] = [0, 0]
    const rpc = rpcOf(one)
    const counting: Rpc = {
      ...rpc,
      async request(method, params) {
        most = Math.max(most, ++open)
        await new Promise(setImmediate)
        open--
        return rpc.request(method, params)
      },
    }
    const { advance, numbers } = follow(counting, sinkOf(one.blocks.slice(0, 1)))
    await advance()
    assert.deepEqual([most, numbers().at(-1)], [16, 256])
    await advance()
    assert.deepEqual([most, numbers().at(-1)], [16, 300])
  })

  it("goes as far as a node has blocks, and on from there", async () => {
    const one: PretendNode = { ...node(12, 3), instead: (_method, [at]) => (at === "0xb" ? null : undefined) }
    const { advance } = follow(rpcOf(one))
    assert.deepEqual(await advance().then(({ tip, isCurrent }) => [tip.number, isCurrent]), [10, false])
    delete one.instead
    assert.deepEqual(await advance().then(({ tip, isCurrent }) => [tip.number, isCurrent]), [12, true])
  })

  it("goes no further than the latest block that it was told, though there are more by then", async () => {
    const one = node(12, 3)
    one.instead = (_method, [at]) => (at === "latest" ? one.blocks[7]?.told : undefined)
    const { tip, isCurrent } = await follow(rpcOf(one)).advance()
    assert.deepEqual([tip.number, isCurrent], [7, true])
  })

  it("tells of the blocks not yet final who anchored how many runs, and who is being ended", async () => {
    const strange = (eventName: "Vouched" | "Revised") => logOf(eventName, { device: bytes32("cc") })
    const blocks = grown([], 5, (number) =>
      number === 2
        ? {
            logs: [
              [logOf("Anchored", { device: DEVICE, run: 3 }), logOf("Anchored", { device: DEVICE, run: 4 })],
              [logOf("Withdrawn", { device: OTHER }), strange("Vouched"), strange("Revised")],
            ],
          }
        : number === 4
          ? {
              logs: [
                [
                  { ...logOf("Anchored", { device: DEVICE, run: 9 }), address: `0x${"22".repeat(20)}` as Hex },
                  logOf("Retired", { device: DEVICE }),
                ],
              ],
            }
          : {},
    )
    const one: PretendNode = { blocks, finalized: 1 }
    const { advance, pendingNextRun, isEnding } = follow(rpcOf(one))
    const told = () => [
      pendingNextRun(DEVICE),
      pendingNextRun(OTHER),
      isEnding(DEVICE),
      isEnding(OTHER),
      isEnding(bytes32("cc")),
    ]
    await advance()
    assert.deepEqual(told(), [5, null, true, true, false])
    one.finalized = 3
    await advance()
    assert.deepEqual(told(), [null, null, true, false, false], "what is final is the store's")
  })

  it("reads a transaction's receipt where a node has no receipts of a block, and passes on any other refusal", async () => {
    const blocks = grown([], 2, () => anchored(6))
    const lacking = (code: number): PretendNode => ({
      ...{ blocks, finalized: 1 },
      instead: (method) => {
        if (method === "eth_getBlockReceipts") throw new RpcRefusal("no", code, null)
      },
    })
    const { advance, pendingNextRun } = follow(rpcOf(lacking(-32601)))
    await advance()
    assert.equal(pendingNextRun(DEVICE), 7)
    await assert.rejects(follow(rpcOf(lacking(-32602))).advance(), RpcRefusal)
  })

  it("does not read on from a block that is not on the one before", async () => {
    const one = node(40, 3)
    const fork = grown(one.blocks.slice(0, 10), 40, () => ({ salt: "0x01" }))
    const mixed: PretendNode = { blocks: [...one.blocks.slice(0, 20), ...fork.slice(20)], finalized: 3 }
    const { advance } = follow(rpcOf(mixed))
    const view = await advance()
    assert.deepEqual([view.tip.number, view.isCurrent, view.reorganisations], [19, false, 0])
    mixed.blocks = fork
    assert.deepEqual(await advance().then(({ tip, reorganisations }) => [tip.number, reorganisations]), [40, 10])
  })

  it("says what a node lacks: its latest block, its final one", async () => {
    await assert.rejects(follow(rpcOf(node(5, null))).advance(), /has no finalized block/)
    await assert.rejects(follow(rpcOf({ ...node(5), instead: without("latest") })).advance(), /has no latest block/)
  })
})

const without = (tag: string) => (method: string, params: readonly unknown[]) =>
  method === "eth_getBlockByNumber" && params[0] === tag ? null : undefined

describe("what counts as final", () => {
  const forked = (at: number, to = 12): PretendNode => ({
    ...node(12, 10),
    blocks: grown(grown([], at - 1), to, () => ({ salt: "0x01" })),
  })

  it("is at first a block that every endpoint names, and nothing is stored until then", async () => {
    const [one, two] = [node(12, 10), forked(9)]
    const { advance, steps, told } = follow(rpcOf(one, two))
    assert.equal((await advance()).tip.number, 12)
    one.finalized = 11
    await advance()
    assert.deepEqual(
      [steps, told],
      [
        [],
        [
          [10, 2],
          [11, 2],
        ],
      ],
    )
    two.blocks = one.blocks
    await advance()
    assert.deepEqual(steps, [[11]])
    one.finalized = 12
    await advance()
    assert.deepEqual(steps, [[11], [12]])
  })

  it("is later too what every endpoint names that answers: silence is no objection, and nobody's word none", async () => {
    const [one, two] = [node(12, 10), node(12, 10)]
    const { advance, steps, told } = follow(rpcOf(one, two))
    await advance()
    two.blocks = forked(12).blocks
    one.finalized = 12
    await advance()
    assert.deepEqual([steps, told], [[[10]], [[12, 2]]])
    two.blocks = []
    await advance()
    assert.deepEqual(steps, [[10], [11, 12]])
    const quiet = follow(rpcOf(node(12, 10), silent()))
    await quiet.advance()
    assert.deepEqual(quiet.steps, [[10]])
    const rpc = rpcOf(node(12, 10))
    const nobody = follow({ ...rpc, everywhere: async () => [{ status: "rejected", reason: new Error("away") }] })
    await nobody.advance()
    assert.deepEqual([nobody.steps, nobody.told], [[], []])
  })

  it("is no block of another hash than the one that the node calls final", async () => {
    const one = node(12, 10)
    const { advance, steps } = follow(rpcOf(one))
    await advance()
    const [, , , , , , , , , , , , other] = forked(12).blocks
    one.instead = (_method, [at]) => (at === "finalized" ? other?.told : undefined)
    await advance()
    assert.deepEqual(steps, [[10]])
    delete one.instead
    one.finalized = 12
    await advance()
    assert.deepEqual(steps, [[10], [11, 12]])
  })
})

describe("a chain that takes back", () => {
  it("blocks not yet final loses what they said, and each is counted", async () => {
    const trunk = grown([], 8)
    const one: PretendNode = { blocks: grown(trunk, 11, (number) => anchored(number)), finalized: 5 }
    const { advance, pendingNextRun, steps } = follow(rpcOf(one))
    assert.equal((await advance()).reorganisations, 0)
    assert.equal(pendingNextRun(DEVICE), 12)
    one.blocks = grown(one.blocks.slice(0, 10), 12, () => ({ salt: "0x01" }))
    const view = await advance()
    assert.deepEqual([view.reorganisations, view.tip.number, pendingNextRun(DEVICE)], [2, 12, 10])
    one.blocks = one.blocks.slice(0, 8)
    assert.deepEqual(await advance().then(({ tip, reorganisations }) => [tip.number, reorganisations]), [7, 7])
    assert.deepEqual([pendingNextRun(DEVICE), steps], [null, [[5]]])
  })

  it("final ones is rewound to the newest block that it still has, however far back, and it is told", async () => {
    for (const fork of [1, 20, 39]) {
      const one = node(40, 0)
      const { advance, numbers, told } = follow(rpcOf(one), sinkOf(one.blocks.slice(0, 41)))
      await advance()
      Object.assign(one, { blocks: grown(one.blocks.slice(0, fork), 45, () => ({ salt: "0x01" })), finalized: 42 })
      const view = await advance()
      assert.deepEqual([told, view.reorganisations, view.tip.number], [[[40, fork - 1]], 1, 45])
      assert.deepEqual(numbers(), [...Array(43).keys()])
    }
  })

  it("is not one that is only behind, nor another chain", async () => {
    const one = node(40, 30)
    const { advance, numbers, told } = follow(rpcOf(one), sinkOf(one.blocks.slice(0, 31)))
    await advance()
    const whole = one.blocks
    Object.assign(one, { blocks: whole.slice(0, 30), finalized: 29 })
    await assert.rejects(advance(), { name: "RpcLie", message: /does not have final block 30; is it behind/ })
    // A fork of the last final block, told by a node that lacks one before it.
    one.blocks = grown(whole.slice(0, 30), 40, () => ({ salt: "0x01" }))
    one.instead = (method, [at]) => (method === "eth_getBlockByNumber" && at === "0x1d" ? null : undefined)
    await assert.rejects(advance(), /does not have final block 29/)
    Object.assign(one, { blocks: grown([], 40, () => ({ salt: "0x02" })), instead: undefined })
    await assert.rejects(advance(), { name: "RpcLie", message: /no block that this store knows; is it another chain/ })
    assert.deepEqual([numbers().length, told], [31, []])
  })
})

describe("a node that has stopped", () => {
  const placed = async (...nodes: readonly PretendNode[]) => {
    const rpc = rpcOf(...nodes)
    await follow(rpc).advance()
    return rpc.distrusted
  }

  it("is one whose head lies more than some blocks below the farthest, on the same chain", async () => {
    assert.deepEqual(await placed(node(40), node(24)), [])
    assert.deepEqual(await placed(node(40), node(23)), [["it has stopped 17 blocks behind", 1]])
    assert.deepEqual(await placed(node(22), silent(), node(40), node(40)), [["it has stopped 18 blocks behind", 0]])
  })

  it("is none where the farthest is of another chain", async () => {
    const other: PretendNode = { blocks: grown([], 40, () => ({ salt: "0x01" })), finalized: 0 }
    assert.deepEqual(await placed(node(20), other), [])
  })
})

describe("a header", () => {
  it("is the one that was asked for, or its endpoint is put behind the others", async () => {
    const one = node(5)
    const [, second, third] = one.blocks as readonly [PretendBlock, PretendBlock, PretendBlock]
    const rpc = rpcOf({
      ...one,
      instead: (_method, [at]) => (at === "0x1" || at === second.hash ? third.told : undefined),
    })
    await assert.rejects(fetchHeader(rpc, 1), /asked for block 1, got 2/)
    await assert.rejects(fetchHeaderByHash(rpc, second.hash), /asked for block 0x/)
    assert.equal(rpc.distrusted.length, 2)
    assert.equal((await fetchHeader(rpc, 2))?.hash, third.hash)
    assert.equal((await fetchHeaderByHash(rpc, third.hash))?.number, 2)
    assert.deepEqual([await fetchHeader(rpc, 6), await fetchHeaderByHash(rpc, bytes32("ee"))], [null, null])
    assert.equal(rpc.distrusted.length, 2)
  })

  it("hashes to its hash in every field", async () => {
    const { told } = node(1).blocks[1] as PretendBlock
    for (const name of Object.keys(told).filter((name) => name !== "transactions")) {
      const value = String(told[name])
      const changed = `${value.slice(0, -1)}${value.endsWith("1") ? "2" : "1"}`
      const spoilt = name === "extraData" ? "0x01" : changed
      assert.throws(() => readHeader({ ...told, [name]: spoilt }), { name: "RpcLie" }, name)
    }
    assert.equal(readHeader(told).number, 1)
  })

  it("may be of a time before the base fee", () => {
    const [, block] = node(1).blocks as readonly [PretendBlock, PretendBlock]
    const { baseFeePerGas, ...fields } = decodeHeader(readHeader(block.told).rlp)
    const hash = toHex(keccak_256(encodeHeader(fields)))
    assert.deepEqual([baseFeePerGas, readHeader(block.told).baseFee], [7n, 7])
    for (const none of [undefined, null])
      assert.equal(readHeader({ ...block.told, baseFeePerGas: none, hash }).baseFee, 0)
  })

  it("has a bloom that may hold what set its three bits, and surely not what lacks one of them", () => {
    for (let n = 0; n < 64; n++) {
      const bytes = Uint8Array.of(n)
      const digest = keccak_256(bytes)
      const bits = [0, 2, 4].map((at) => (256 * (digest[at] ?? 0) + (digest[at + 1] ?? 0)) % 2048)
      const bloomOf = (set: readonly number[]) => {
        const value = [...new Set(set)].reduce((sum, bit) => sum + (1n << BigInt(bit)), 0n)
        return fromHex(`0x${value.toString(16).padStart(512, "0")}`)
      }
      assert.equal(bloomHas(bloomOf(bits), bytes), true)
      for (const lacking of bits)
        assert.equal(bloomHas(bloomOf([...Array(2048).keys()].filter((bit) => bit !== lacking)), bytes), false)
    }
  })

  it("spares the receipts of a block whose bloom excludes the registry", async () => {
    const [, block] = grown([], 1) as readonly [PretendBlock, PretendBlock]
    const rpc = rpcOf({ blocks: [], finalized: null, instead: (method) => assert.fail(`${method} is asked`) })
    assert.deepEqual((await fetchBlock(rpc, REGISTRY, readHeader(block.told))).events, [])
  })

  it("has receipts that hash to it, all of them and in order", async () => {
    const [, block] = grown([], 1, () => ({
      logs: [[logOf("Anchored", { device: DEVICE })], [logOf("Retired", { device: DEVICE })]],
    }))
    assert.ok(block)
    const header = readHeader(block.told)
    const served = (receipts: unknown) =>
      rpcOf({ blocks: [block], finalized: null, instead: () => receipts as undefined })
    assert.equal((await fetchReceipts(served(block.receipts), header)).receipts.length, 2)
    const [first, second] = block.receipts
    for (const told of [[first], [second, first], [first, { ...second, logs: [] }], []]) {
      const rpc = served(told)
      await assert.rejects(fetchReceipts(rpc, header), /do not hash to the header's receipts root/)
      assert.equal(rpc.distrusted.length, 1)
    }
    const broken = {
      ...first,
      get logsBloom(): never {
        throw new TypeError("a fault of ours")
      },
    }
    const honest = served([broken, second])
    await assert.rejects(fetchReceipts(honest, header), TypeError)
    assert.deepEqual(honest.distrusted, [], "a fault of ours says nothing against a node")
    for (const transactionIndex of ["0x0", "0x2"])
      await assert.rejects(
        fetchReceipts(served([first, { ...second, transactionIndex }]), header),
        /names another index/,
      )
    await assert.rejects(fetchReceipts(served(null), header), /no receipts for block/)
  })
})
