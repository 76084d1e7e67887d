import assert from "node:assert/strict"
import { mock } from "node:test"
import {
  type AnchoredRun,
  createReceiptMaker,
  extractRun,
  firstBlock,
  locateEvent,
  locateEvents,
  locateRevisions,
  type PlacedLog,
  proveLedger,
  proveReading,
  type Rpc,
  RpcLie,
  RpcRefusal,
  RpcUnavailable,
  readAnchors,
  readHeader,
} from "@wattest/chain"
import { checkpointSlots, type Hex, ledgerSlot, memberSlot, suspicionSlot, vouchSlots } from "@wattest/protocol"
import {
  bytes32,
  DEVICE,
  grown,
  hex,
  logOf,
  type PretendBlock,
  type PretendNode,
  REGISTRY,
  rpcOf,
} from "./pretend-chain.ts"

describe("the first block of many where something holds", () => {
  it("is found wherever it lies, with few questions, and is none where it holds nowhere", async () => {
    for (let last = 0; last <= 17; last++)
      for (let first = 0; first <= last + 1; first++) {
        let asked = 0
        const found = await firstBlock(last, async (number) => {
          asked++
          return number >= first
        })
        assert.equal(found, first > last ? null : first, `${first} of ${last}`)
        assert.ok(asked <= Math.ceil(Math.log2(last + 1)) + 1, `${asked} questions for ${first} of ${last}`)
      }
  })
})

const refusal = (code = -32602) => new RpcRefusal("block range is too wide", code, null)
const ENROLLED = logOf("Enrolled", { device: DEVICE })
const topicsOf = ({ topics }: { readonly topics: readonly Hex[] }) => topics.slice(0, 2)
const SLOT = bytes32("51")

type Range = { readonly fromBlock: Hex; readonly toBlock: Hex }

/** A node that first throws these, one at each question for logs, and then serves every log, the newest first. */
function failingFirst(blocks: readonly PretendBlock[], ...errors: Error[]) {
  const asked: string[] = []
  const whole: PretendNode = { blocks, finalized: null }
  const instead: PretendNode["instead"] = (method, params) => {
    asked.push(method)
    if (method === "eth_getStorageAt") throw refusal()
    if (method !== "eth_getLogs") return undefined
    const error = errors.shift()
    if (error !== undefined) throw error
    const [{ fromBlock, toBlock }] = params as readonly [Range]
    const numbers = blocks.slice(Number(fromBlock), Number(toBlock) + 1).map(({ number }) => number)
    const isIn = (number: number) => blocks[number]?.receipts.some(({ logs }) => logs.length > 0)
    return numbers
      .filter(isIn)
      .toReversed()
      .map((number) => ({ blockNumber: hex(number) }))
  }
  return { at: { rpc: rpcOf({ ...whole, instead }), registry: REGISTRY }, asked }
}

/** A node that serves logs of so many blocks at a time, and states or not; what it was asked is in `ranges`. */
function serving(blocks: readonly PretendBlock[], width: number, setFrom: number | null) {
  const ranges: [number, number][] = []
  const instead: PretendNode["instead"] = (method, params) => {
    if (method === "eth_getStorageAt") {
      assert.deepEqual(params.slice(0, 2), [REGISTRY, SLOT])
      if (setFrom === null) throw refusal(-32002)
      return Number(params[2]) >= setFrom ? "0x1" : "0x0"
    }
    if (method !== "eth_getLogs") return undefined
    const { fromBlock, toBlock } = params[0] as Range
    ranges.push([Number(fromBlock), Number(toBlock)])
    if (Number(toBlock) - Number(fromBlock) + 1 > width) throw refusal()
  }
  return { at: { rpc: rpcOf({ blocks, finalized: null, instead }), registry: REGISTRY }, ranges }
}

describe("an event's log", () => {
  const at7 = grown([], 20, (number) =>
    number === 7 ? { logs: [[], [logOf("Retired", { device: DEVICE }), ENROLLED]] } : {},
  )
  const event = { topics: topicsOf(ENROLLED), slot: SLOT }
  const place = (log: PlacedLog | null) =>
    log && [log.blockNumber, log.transactionIndex, log.blockHash === at7[7]?.hash]

  it("is found by all logs at once, else by old states, else by logs of few blocks at a time", async () => {
    for (const [width, setFrom] of [
      [Infinity, null],
      [5, 7],
      [3, null],
      [1, null],
    ] as const) {
      const { at } = serving(at7, width, setFrom)
      assert.deepEqual(place(await locateEvent(at, event, 20)), [7, 1, true], `${width} ${setFrom}`)
      assert.deepEqual(place(await locateEvent(at, event, 7)), [7, 1, true])
    }
  })

  it("is none where no block up to the last holds it, nor where it has other topics or is another contract's", async () => {
    for (const width of [Infinity, 3]) assert.equal(await locateEvent(serving(at7, width, null).at, event, 6), null)
    const { at } = serving(at7, Infinity, 7)
    assert.equal(await locateEvent(at, { ...event, topics: topicsOf(logOf("Enrolled", { device: SLOT })) }, 20), null)
    const foreign = grown([], 9, () => ({ logs: [[{ ...ENROLLED, address: `0x${"22".repeat(20)}` as Hex }]] }))
    assert.equal(await locateEvent(serving(foreign, Infinity, 3).at, event, 9), null)
    assert.equal(await locateEvent(serving(at7, 0, 8).at, event, 20), null, "its slot was set in another block")
  })

  it("is looked for from the end back in ranges that widen until one is refused, each block once", async () => {
    const none = grown([], 4)
    const asked = async (last: number, width: number) => {
      const { at, ranges } = serving(none, width, null)
      await locateEvent(at, event, last)
      return ranges.slice(1)
    }
    assert.deepEqual(await asked(5000, 4096), [
      [3977, 5000],
      [1929, 3976],
      [0, 1928],
    ])
    assert.deepEqual(await asked(4000, 1500), [
      [2977, 4000],
      [929, 2976],
      [1953, 2976],
      [929, 1952],
      [0, 928],
    ])
    assert.deepEqual((await asked(4000, 511)).slice(0, 4), [
      [2977, 4000],
      [3489, 4000],
      [3745, 4000],
      [3489, 3744],
    ])
    assert.equal((await asked(1_000_000, 2)).length, 64, "no endless search of a long chain")
  })

  it("is found in the first block of the chain too", async () => {
    const first = grown([], 2, (number) => (number === 0 ? { logs: [[ENROLLED]] } : {}))
    assert.equal((await locateEvent(serving(first, 1, null).at, event, 2))?.blockNumber, 0)
  })

  it("is looked for in another way after a refusal, a lie or silence, and not after a fault of ours", async () => {
    for (const error of [refusal(), new RpcUnavailable("away"), new RpcLie("nonsense")])
      assert.deepEqual(place(await locateEvent(failingFirst(at7, error).at, event, 20)), [7, 1, true])
    for (const error of [new RpcUnavailable("away"), new TypeError("a fault of ours")])
      await assert.rejects(locateEvent(failingFirst(at7, refusal(), error).at, event, 20), error)
    const fault = new TypeError("a fault of ours")
    await assert.rejects(locateEvent(failingFirst(at7, fault).at, event, 20), fault)
    const failing = (reason: Error) => ({
      rpc: rpcOf({
        ...{ blocks: at7, finalized: 20 },
        instead: (method) => {
          if (method === "eth_getStorageAt") throw reason
        },
      }),
      registry: REGISTRY,
    })
    const revisions = (reason: Error) =>
      locateRevisions(failing(reason), { id: DEVICE, voucher: REGISTRY }, 20, bytes32("33"))
    for (const error of [refusal(), new RpcUnavailable("away"), new RpcLie("nonsense")])
      assert.deepEqual(await revisions(error), [])
    await assert.rejects(revisions(fault), fault)
  })

  it("is read from the block's receipts, whatever the logs say", async () => {
    const saying = (number: number) => {
      const asked: string[] = []
      const instead: PretendNode["instead"] = (method) => {
        asked.push(method)
        return method === "eth_getLogs" ? [{ blockNumber: hex(number) }] : undefined
      }
      return { asked, at: { rpc: rpcOf({ blocks: at7, finalized: null, instead }), registry: REGISTRY } }
    }
    await assert.rejects(locateEvent(saying(99).at, event, 20), { name: "RpcLie", message: /has no block 99/ })
    const bare = saying(3)
    assert.equal(await locateEvent(bare.at, event, 20), null)
    assert.ok(!bare.asked.includes("eth_getBlockReceipts"), "its bloom excludes the registry")
  })

  it("is not looked for where a node refuses even one block, and only what is refused is asked for in another way", async () => {
    await assert.rejects(locateEvent(serving(at7, 0, null).at, event, 20), RpcRefusal)
    const failing = (error: Error): PretendNode => ({
      ...{ blocks: at7, finalized: null },
      instead: (method) => {
        if (method === "eth_getLogs") throw error
        return method === "eth_getStorageAt" ? "0x0" : undefined
      },
    })
    for (const error of [new RpcUnavailable("away"), new RpcLie("nonsense"), new TypeError("a fault of ours")])
      await assert.rejects(locateEvent({ rpc: rpcOf(failing(error)), registry: REGISTRY }, event, 20), error)
  })
})

describe("the logs of an event that happens often", () => {
  const REVISED = logOf("Revised", { device: DEVICE })
  const blocks = grown([], 12, (number) =>
    number === 3 ? { logs: [[REVISED, REVISED], [REVISED]] } : number % 4 === 1 ? { logs: [[REVISED]] } : {},
  )
  const places = async (width: number, last: number, most: number) =>
    (await locateEvents(serving(blocks, width, null).at, topicsOf(REVISED), last, most)).map(
      ({ blockNumber, transactionIndex }) => `${blockNumber}.${transactionIndex}`,
    )

  it("are the newest few, oldest first, up to the last block", async () => {
    assert.deepEqual(await places(Infinity, 12, 9), ["1.0", "3.0", "3.0", "3.1", "5.0", "9.0"])
    assert.deepEqual(await places(Infinity, 8, 3), ["3.0", "3.1", "5.0"])
    assert.deepEqual(await places(Infinity, 12, 2), ["5.0", "9.0"])
    assert.deepEqual(await places(Infinity, 0, 2), [])
  })

  it("are put in order, and read from no more blocks than are asked for, in one question", async () => {
    const { at, asked } = failingFirst(blocks)
    const logs = await locateEvents(at, topicsOf(REVISED), 12, 2)
    assert.deepEqual(
      logs.map(({ blockNumber }) => blockNumber),
      [5, 9],
    )
    const count = (method: string) => asked.filter((name) => name === method).length
    assert.deepEqual([count("eth_getLogs"), count("eth_getBlockReceipts")], [1, 2])
    assert.equal(
      (await locateEvent(failingFirst(blocks).at, { topics: topicsOf(REVISED), slot: SLOT }, 12))?.blockNumber,
      9,
    )
  })

  it("are those of the newest block alone where a node serves few blocks at a time", async () => {
    assert.deepEqual(await places(4, 12, 9), ["9.0"])
    assert.deepEqual(await places(4, 4, 9), ["3.0", "3.0", "3.1"])
    assert.deepEqual(await places(4, 0, 9), [])
  })
})

describe("the anchors of a ledger", () => {
  const LEDGER = bytes32("1e")
  const blocks = grown([], 40, (number) => ({
    logs: [
      [
        logOf("Anchored", { ledger: LEDGER, device: DEVICE, run: number }),
        logOf("Anchored", { ledger: bytes32("2e"), device: DEVICE, run: 500 + number }),
        logOf("Retired", { device: LEDGER }),
      ],
    ],
  }))

  it("are those of its blocks, each once, however few blocks a node answers for", async () => {
    for (const width of [1, 2, 3, 7, Infinity])
      for (const [first, last] of [
        [0, 40],
        [5, 5],
        [5, 17],
        [6, 5],
      ] as const) {
        const found = await readAnchors(serving(blocks, width, null).at, LEDGER, first, last)
        const expected = Array.from({ length: last - first + 1 }, (_, i) => BigInt(first + i))
        assert.deepEqual(
          found.map(({ run }) => run),
          expected,
          `${first} to ${last} by ${width}`,
        )
      }
  })

  it("are asked for in ranges that shrink to what the node takes, and grow again", async () => {
    const { at, ranges } = serving(blocks, 10, null)
    await readAnchors(at, LEDGER, 1, 40)
    assert.deepEqual(ranges.slice(0, 5), [
      [1, 40],
      [1, 20],
      [1, 10],
      [11, 30],
      [11, 20],
    ])
  })

  it("are not made up where a node answers for no block, nor from an answer that is none", async () => {
    const { at, ranges } = serving(blocks, 0, null)
    await assert.rejects(readAnchors(at, LEDGER, 1, 4), RpcRefusal)
    assert.equal(ranges.length, 3)
    const [log] = blocks[1]?.receipts.flatMap(({ logs }) => logs) ?? []
    for (const answer of ["0x", [7], [{ ...log, topics: [] }], [{ ...log, data: "0x00" }], [{ ...log, data: 7 }]]) {
      const rpc = rpcOf({ blocks, finalized: null, instead: () => answer })
      await assert.rejects(readAnchors({ rpc, registry: REGISTRY }, LEDGER, 1, 1), { name: "RpcLie" })
    }
    let asked = 0
    const broken = rpcOf({
      ...{ blocks, finalized: null },
      instead: () => {
        asked++
        throw new TypeError("a fault of ours")
      },
    })
    await assert.rejects(readAnchors({ rpc: broken, registry: REGISTRY }, LEDGER, 1, 4), TypeError)
    assert.equal(asked, 1, "a fault of ours is no answer to a question that is too wide")
  })
})

describe("the receipt of a run", () => {
  const VOUCHER: Hex = `0x${"77".repeat(20)}`
  const anchored = (run: number, device = DEVICE) => logOf("Anchored", { device, run })
  const blocks = grown([], 14, (number) =>
    number === 1
      ? { logs: [[ENROLLED]] }
      : {
          logs: [
            [anchored(900 + number)],
            [anchored(number, SLOT), anchored(100 + number), anchored(number), anchored(number)],
          ],
        },
  )
  const asked: string[] = []
  let failure: Error | null = null
  let lacksBlocks = false
  const rpc = rpcOf({
    ...{ blocks, finalized: 14 },
    instead: (method) => {
      asked.push(method)
      if (method === "eth_getLogs" && failure !== null) throw failure
      return lacksBlocks && method === "eth_getBlockByHash" ? null : undefined
    },
  })
  const at = { rpc, registry: REGISTRY }
  const count = (method: string) => asked.filter((name) => name === method).length

  function runIn(number: number, change: Partial<AnchoredRun["place"]> = {}): AnchoredRun {
    const { hash, receipts } = blocks[number] as PretendBlock
    const { topics, data } = anchored(number)
    const place = {
      blockHash: hash,
      blockNumber: number,
      transaction: bytes32("00"),
      transactionIndex: 1,
      topics,
      data,
    }
    const device = { scheme: 1, key: DEVICE, id: DEVICE, operator: VOUCHER, voucher: VOUCHER } as const
    const submission = {} as AnchoredRun["submission"]
    assert.equal(receipts.length, 2)
    return { device, run: number, submission, place: { ...place, root: SLOT, position: 5n, head: SLOT, ...change } }
  }

  beforeEach(() => {
    asked.length = 0
    failure = null
    mock.timers.enable({ apis: ["Date"], now: 1e12 })
  })
  afterEach(() => mock.timers.reset())

  it("names the log of this device and run, among others of its transaction", async () => {
    const { anchor, proof } = await createReceiptMaker(at, 7).receiptOf(runIn(4))
    assert.deepEqual([anchor.transactionIndex, anchor.logIndex, anchor.anchoredAt, anchor.position], [1, 2, 1008, 5n])
    assert.deepEqual(
      [proof.anchored.index, proof.enrolled?.logIndex, proof.vouched, proof.state],
      [1, 0, undefined, undefined],
    )
  })

  it("names the first log of a transaction too", async () => {
    const first = { ...runIn(4, { transactionIndex: 0 }), run: 904 }
    const { anchor } = await createReceiptMaker(at, 7).receiptOf(first)
    assert.deepEqual([anchor.transactionIndex, anchor.logIndex], [0, 0])
  })

  it("is none where the transaction, or the block, does not hold the run", async () => {
    const { receiptOf } = createReceiptMaker(at, 7)
    for (const change of [{ transactionIndex: 0 }, { transactionIndex: 2 }])
      await assert.rejects(receiptOf(runIn(4, change)), { name: "RpcLie", message: /does not hold run 4/ })
    await assert.rejects(receiptOf({ ...runIn(4), run: 5 }), /does not hold run 5/)
    await assert.rejects(receiptOf(runIn(4, { blockHash: SLOT })), /does not know block/)
  })

  it("is extracted from the log of this device and run too, and from no other transaction's", async () => {
    const instead: PretendNode["instead"] = (method, params) =>
      method === "eth_getProof"
        ? {
            accountProof: [],
            storageProof: (params[1] as readonly Hex[]).map((key) => ({ value: "0x0", proof: [key] })),
          }
        : undefined
    const source = { rpc: rpcOf({ blocks, finalized: 14, instead }), registry: REGISTRY, chainId: 7 }
    const [{ told, receipts }, block] = [blocks[4] as PretendBlock, readHeader(blocks[14]?.told)]
    const extract = (run: number, transaction: unknown) =>
      extractRun(
        { ...source, block },
        {
          device: DEVICE,
          operator: VOUCHER,
          voucher: VOUCHER,
          run,
          holder: readHeader(told),
          transaction: transaction as Hex,
        },
      )
    const [first, second] = receipts.map(({ transactionHash }) => transactionHash)
    const found = await extract(4, second)
    assert.ok(found.kind === "run")
    assert.deepEqual(
      [found.run, found.blockNumber, found.anchoredAt, found.transactionIndex, found.logIndex, found.anchored.index],
      [4, 4, 1008, 1, 2, 1],
    )
    for (const [run, transaction] of [
      [5, second],
      [4, first],
      [4, SLOT],
    ] as const)
      await assert.rejects(extract(run, transaction), { name: "RpcLie", message: /block 4 does not hold run/ })
  })

  it("is made of the last eight blocks without asking for them again", async () => {
    const { receiptOf } = createReceiptMaker(at, 7)
    const makeAll = async (numbers: readonly number[]) => {
      asked.length = 0
      for (const number of numbers) await receiptOf(runIn(number))
      return count("eth_getBlockReceipts")
    }
    await makeAll([2])
    assert.equal(await makeAll([2]), 0)
    await makeAll([3, 4, 5, 6, 7, 8])
    assert.equal(await makeAll([2, 3, 4, 5, 6, 7, 8]), 0)
    await makeAll([9, 10])
    assert.equal(await makeAll([3]), 0)
    assert.equal(await makeAll([2]), 1)
  })

  it("asks again for a block that a node did not have", async () => {
    const { receiptOf } = createReceiptMaker(at, 7)
    lacksBlocks = true
    await assert.rejects(receiptOf(runIn(4)), { name: "RpcLie" })
    lacksBlocks = false
    assert.equal((await receiptOf(runIn(4))).anchor.logIndex, 2)
  })

  it("searches for a log once, and for one that nodes refused again after ten minutes", async () => {
    const { receiptOf } = createReceiptMaker(at, 7)
    failure = refusal()
    assert.equal((await receiptOf(runIn(4))).proof.enrolled, undefined)
    failure = null
    mock.timers.tick(599_999)
    asked.length = 0
    assert.equal((await receiptOf(runIn(4))).proof.enrolled, undefined)
    assert.equal(count("eth_getLogs"), 0)
    mock.timers.tick(1)
    assert.equal((await receiptOf(runIn(4))).proof.enrolled?.logIndex, 0)
    mock.timers.tick(600_000)
    const before = count("eth_getLogs")
    assert.equal((await receiptOf(runIn(4))).proof.enrolled?.logIndex, 0)
    assert.equal(
      count("eth_getLogs") - before,
      2,
      "what was found stays; for the vouch, which is not there, a search or two",
    )
  })

  it("searches again at once where nobody answered", async () => {
    const { receiptOf } = createReceiptMaker(at, 7)
    failure = new RpcUnavailable("away")
    assert.equal((await receiptOf(runIn(4))).proof.enrolled, undefined)
    failure = null
    assert.equal((await receiptOf(runIn(4))).proof.enrolled?.logIndex, 0)
    failure = new TypeError("a fault of ours")
    await assert.rejects(createReceiptMaker(at, 7).receiptOf(runIn(4)), TypeError)
  })
})

describe("slots that are proved", () => {
  const LEDGER = bytes32("1e")
  const VOUCHER: Hex = `0x${"77".repeat(20)}`
  const [block] = grown([], 0) as readonly [PretendBlock]
  const final = readHeader(block.told)

  /** A node whose storage is this, and zero elsewhere. */
  function storing(words: ReadonlyMap<Hex, bigint>) {
    const questions: number[] = []
    const instead: PretendNode["instead"] = (method, params) => {
      assert.equal(method, "eth_getProof")
      const keys = params[1] as readonly Hex[]
      questions.push(keys.length)
      assert.deepEqual([params[0], params[2]], [REGISTRY, "0x0"])
      return {
        accountProof: ["0xac"],
        storageProof: keys.map((key) => ({ value: hex(words.get(key) ?? 0n), proof: [key] })),
      }
    }
    const rpc: Rpc = rpcOf({ blocks: [block], finalized: 0, instead })
    return { at: { rpc, registry: REGISTRY }, questions }
  }
  const counters = (devices: number, suspicions: number) => (BigInt(devices) << 80n) | (BigInt(suspicions) << 160n)
  const slotsAs = (n: number): readonly Hex[] =>
    Array.from({ length: n }, (_, i) => bytes32(i.toString(16).padStart(2, "0")))

  it("are those that a reading asked for, in its order, few at a time", async () => {
    const { at, questions } = storing(new Map(slotsAs(200).map((slot, i) => [slot, BigInt(i)])))
    const { value, state } = await proveReading(at, final, (read) =>
      slotsAs(200).reduce((sum, slot) => sum + read(slot), 0n),
    )
    assert.deepEqual([value, questions], [19_900n, [128, 72]])
    assert.deepEqual([state.slots.map(({ key }) => key), state.account], [slotsAs(200), ["0xac"]])
    assert.deepEqual(state.slots[3]?.nodes, [slotsAs(200)[3]])
  })

  it("are as many as a proof holds, and a reading that wants one more is refused", async () => {
    const wide = (n: number) => Array.from({ length: n }, (_, i): Hex => `0x${i.toString(16).padStart(64, "0")}`)
    const readAll = (n: number) => {
      const { at, questions } = storing(new Map())
      const proved = proveReading(at, final, (read) => wide(n).reduce((sum, slot) => sum + read(slot), 0n))
      return { proved, questions }
    }
    assert.equal((await readAll(1024).proved).state.slots.length, 1024)
    const { proved, questions } = readAll(1025)
    await assert.rejects(proved, (error) => error instanceof RpcLie && /more than 1024 slots/.test(error.message))
    assert.equal(questions.length, 8)
  })

  it("are a ledger's checkpoints before and at each end, its suspicions, and its first devices' service", async () => {
    const members = [bytes32("d0"), bytes32("d1"), bytes32("d2")]
    const words = new Map([
      [ledgerSlot(LEDGER), counters(3, 2)],
      ...members.map((device, i) => [memberSlot(LEDGER, BigInt(i)), BigInt(device)] as const),
    ])
    const end = (checkpoints: bigint) => ({ checkpoints, position: 0n, head: bytes32("00"), time: 0n }) as never
    const prove = async (devices: number, ...ends: readonly bigint[]) => {
      const part = { ledger: LEDGER, voucher: VOUCHER, ends: ends.map(end), to: 1000, devices }
      const { slots } = await proveLedger(storing(words).at, final, part)
      const keys = slots.map(({ key }) => key)
      assert.equal(new Set(keys).size, keys.length)
      return (slot: Hex) => keys.includes(slot)
    }
    const has = await prove(2, 0n, 4n)
    for (const index of [0n, 1n, 2n, 3n, 4n, 5n])
      assert.deepEqual(
        checkpointSlots(LEDGER, index).map(has),
        Array(2).fill([0n, 3n, 4n].includes(index)),
        String(index),
      )
    assert.deepEqual(
      [0n, 1n, 2n].map((index) => has(suspicionSlot(LEDGER, index))),
      [true, true, false],
    )
    assert.deepEqual(
      [0n, 1n, 2n, 3n].map((index) => has(memberSlot(LEDGER, index))),
      [true, true, false, false],
    )
    assert.deepEqual(
      members.map((device) => has(vouchSlots(device, VOUCHER)[0])),
      [true, true, false],
    )
    const all = await prove(9, 1n)
    assert.deepEqual(
      [0n, 1n, 2n, 3n].map((index) => all(memberSlot(LEDGER, index))),
      [true, true, true, false],
    )
    assert.deepEqual(
      members.map((device) => all(vouchSlots(device, VOUCHER)[0])),
      [true, true, true],
    )
  })

  it("of a ledger are no more than a document holds", async () => {
    const words = new Map([[ledgerSlot(LEDGER), counters(2000, 0)]])
    const part = { ledger: LEDGER, voucher: VOUCHER, ends: [], to: 1000 }
    const length = async (devices: number) =>
      (await proveLedger(storing(words).at, final, { ...part, devices })).slots.length
    assert.equal(await length(2000), 1024)
    assert.ok((await length(100)) < 1024)
  })
})
