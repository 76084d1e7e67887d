import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { globSync, readFileSync } from "node:fs"
import {
  checkpointSlots,
  decodeHeader,
  deviceSlots,
  type EventLog,
  encodeHeader,
  fromHex,
  type Hex,
  ledgerSlot,
  memberSlot,
  parseAnchored,
  parseEnrolled,
  parseVouched,
  REGISTRY_TOPICS,
  Rejection,
  suspicionSlot,
  toHex,
  unpackCheckpoint,
  unpackDevice,
  unpackLedger,
  unpackService,
  unpackSuspicion,
  unpackVouch,
  vouchSlots,
} from "@wattest/protocol"
import { buildBlock, events, type TestLog } from "@wattest/testkit/conformance/chain"
import { slotsOf, wordOf } from "@wattest/testkit/conformance/slots"

const random = (length: number): Hex => toHex(randomBytes(length))
const logOf = ({ topics, data }: TestLog): EventLog => ({ topics, data: fromHex(data) })
const refusal = (code: string) => (error: unknown) => error instanceof Rejection && error.code === code

/** What the shared codec knows of a chain; the builder of the conformance suite must know it by itself. */
const SHARED = /\b(?:encodeHeader|decodeHeader|HEADER_FIELDS|REGISTRY_TOPICS|\w+Slots?|mappingSlot|createTrie)\b/

describe("the codec of headers, against the builder of the conformance suite", () => {
  const block = (fields: number) => buildBlock({ number: 7n, timestamp: 1_800_000_000, receipts: [], fields })

  for (const fields of [15, 16, 17, 20, 21])
    it(`reads a header of ${fields} fields and writes the same bytes`, () => {
      const { header, transactionsRoot, receiptsRoot } = block(fields)
      const read = decodeHeader(fromHex(header))
      assert.deepEqual(
        [read.number, read.timestamp, read.transactionsRoot, read.receiptsRoot, read.extraData],
        [7n, 1_800_000_000n, transactionsRoot, receiptsRoot, toHex(new TextEncoder().encode("wattest"))],
      )
      assert.equal(Object.keys(read).length, fields)
      assert.equal(read.baseFeePerGas, fields > 15 ? 7n : undefined)
      assert.equal(toHex(encodeHeader(read)), header)
    })

  it("refuses headers of no hard fork", () => {
    for (const fields of [14, 18, 19])
      assert.throws(() => decodeHeader(fromHex(block(fields).header)), refusal("FIELD_MALFORMED"))
  })

  it("writes another header where a field is another", () => {
    const { header } = block(21)
    const read = decodeHeader(fromHex(header))
    for (const [name, value] of Object.entries(read)) {
      const other = typeof value === "bigint" ? value + 1n : `${value.slice(0, -1)}${value.endsWith("1") ? "2" : "1"}`
      assert.notEqual(toHex(encodeHeader({ ...read, [name]: other })), header, name)
    }
  })
})

describe("the codec of the registry's storage, against Solidity's rule", () => {
  const [device, voucher, ledger] = [random(32), random(20), random(32)]

  it("finds every slot, and no other", () => {
    assert.deepEqual(vouchSlots(device, voucher), slotsOf.vouch(device, voucher))
    assert.deepEqual(deviceSlots(device), slotsOf.device(device))
    assert.equal(ledgerSlot(ledger), slotsOf.ledger(ledger))
    for (const index of [0n, 1n, 2n ** 40n - 1n]) {
      assert.equal(memberSlot(ledger, index), slotsOf.member(ledger, index))
      assert.deepEqual(checkpointSlots(ledger, index), slotsOf.checkpoint(ledger, index))
      assert.equal(suspicionSlot(ledger, index), slotsOf.suspicion(ledger, index))
    }
    assert.notEqual(ledgerSlot(device), slotsOf.ledger(ledger))
    assert.notDeepEqual(vouchSlots(device, voucher), slotsOf.vouch(ledger, voucher))
  })

  it("reads a vouch that holds and one that was withdrawn", () => {
    const never = 2n ** 64n - 1n
    const vouch = (since: bigint, suspicion: bigint) => wordOf([voucher, 160], [since, 64], [suspicion, 32])
    assert.deepEqual(unpackVouch(vouch(never, 0n)), { operator: voucher, since: null })
    assert.deepEqual(unpackVouch(vouch(7n, 3n)), { operator: voucher, since: 7n })
  })

  it("reads the fields of every other word, up to their bounds", () => {
    const max = (bits: number) => 2n ** BigInt(bits) - 1n
    const counters = wordOf([1n, 40], [max(40), 40], [3n, 40], [4n, 40], [max(40), 40])
    const ledger = { length: 1n, checkpoints: max(40), devices: 3n, vouched: 4n, suspicions: max(40) }
    assert.deepEqual(unpackLedger(counters), ledger)
    const state = wordOf([voucher, 160], [max(40), 40], [7n, 40], [2n, 8], [1n, 8])
    assert.deepEqual(unpackDevice(state), { nextRun: max(40), latest: 7n })
    const service = (runs: bigint) => unpackService(wordOf([runs, 40], [5n, 40], [max(40), 40], [4n, 8]))
    const times = { boundary: 4, enrolledAt: 5, retiredAt: 2 ** 40 - 1 }
    assert.deepEqual(service(max(40)), { ...times, runs: null })
    assert.deepEqual(service(max(40) - 1n), { ...times, runs: max(40) - 1n })
    const marks = wordOf([9n, 40], [8n, 40], [max(32), 32], [6n, 32], [max(32), 32], [4n, 40], [max(40), 40])
    assert.deepEqual(unpackCheckpoint(marks), {
      ...{ length: 9n, time: 8, through: 60 * (2 ** 32 - 1), firstRun: 6n },
      ...{ number: max(32), previous: 4n, jump: max(40) },
    })
    assert.deepEqual(unpackSuspicion(wordOf([max(64), 64], [2n, 64])), { since: max(64), until: 2n })
  })
})

describe("the codec of the registry's events, against the builder of the conformance suite", () => {
  const [registry, device, operator, voucher] = [random(20), random(32), random(20), random(20)]
  const [ledger, root, head, evidence, key] = [random(32), random(32), random(32), random(32), random(64)]
  const anchored = events.anchored(registry, ledger, device, 5n, [root, 9n, head, 1_800_000_060n])
  const vouched = events.vouched(registry, device, voucher, operator, evidence)
  const terms = { device, operator, voucher, key, evidence }
  const enrolled = events.enrolled(registry, { ...terms, scheme: 2, boundary: 3n })

  it("reads each event", () => {
    const place = { ledger, device, run: 5n, root, position: 9n, head, through: 1_800_000_060n }
    assert.deepEqual(parseAnchored(logOf(anchored)), place)
    assert.deepEqual(parseVouched(logOf(vouched)), { device, voucher, operator, evidence })
    assert.deepEqual(parseEnrolled(logOf(enrolled)), { ...terms, scheme: 2n, boundary: 3n })
  })

  it("takes none for another, and none with a byte more or less", () => {
    const parsers = [parseAnchored, parseVouched, parseEnrolled]
    const logs = [anchored, vouched, enrolled].map(logOf)
    for (const [i, parse] of parsers.entries())
      for (const [j, log] of logs.entries()) {
        if (i !== j) assert.throws(() => parse(log), refusal("ANCHOR_PROOF_INVALID"))
        else
          for (const data of [log.data.subarray(1), Uint8Array.of(...log.data, 0)])
            assert.throws(() => parse({ ...log, data }), refusal("ANCHOR_PROOF_INVALID"))
      }
  })

  it("takes none by another name, and none with a topic more or fewer", () => {
    const parsers = [parseAnchored, parseVouched, parseEnrolled, (log: EventLog) => parseVouched(log, "revised")]
    const logs = [
      anchored,
      vouched,
      enrolled,
      { ...vouched, topics: [REGISTRY_TOPICS.revised, ...vouched.topics.slice(1)] },
    ]
    for (const [i, parse] of parsers.entries()) {
      const { topics, data } = logOf(logs[i] ?? anchored)
      assert.doesNotThrow(() => parse({ topics, data }))
      const [name = "0x", ...rest] = topics
      for (const other of [[root, ...rest], [name, ...rest, root], [name, ...rest.slice(0, -1)], rest, []])
        assert.throws(() => parse({ topics: other, data }), refusal("ANCHOR_PROOF_INVALID"))
    }
  })
})

it("the builder of the conformance suite shares nothing with the codec that it is held against", () => {
  const builder = globSync("testkit/src/conformance/*.ts")
  assert.ok(builder.length >= 8)
  assert.deepEqual(
    builder.filter((file) => SHARED.test(readFileSync(file, "utf8"))),
    [],
  )
  assert.match("import { deviceSlots }", SHARED)
})
