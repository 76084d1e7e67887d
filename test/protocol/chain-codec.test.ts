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
  Rejection,
  toHex,
  unpackVouch,
  vouchSlots,
} from "@wattest/protocol"
import { buildBlock, events, type TestLog } from "@wattest/testkit/conformance/chain"
import { slotsOf } from "@wattest/testkit/conformance/slots"

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
    }
    assert.notEqual(ledgerSlot(device), slotsOf.ledger(ledger))
    assert.notDeepEqual(vouchSlots(device, voucher), slotsOf.vouch(ledger, voucher))
  })

  it("reads a vouch that holds and one that was withdrawn", () => {
    const never = 2n ** 64n - 1n
    assert.deepEqual(unpackVouch((never << 160n) | BigInt(voucher)), { operator: voucher, since: null })
    assert.deepEqual(unpackVouch((7n << 160n) | BigInt(voucher)), { operator: voucher, since: 7n })
  })
})

describe("the codec of the registry's events, against the builder of the conformance suite", () => {
  const [registry, device, operator, voucher] = [random(20), random(32), random(20), random(20)]
  const [ledger, root, head, evidence, key] = [random(32), random(32), random(32), random(32), random(64)]
  const anchored = events.anchored(registry, ledger, device, 5n, [root, 9n, head])
  const vouched = events.vouched(registry, device, voucher, operator, evidence)
  const enrolled = events.enrolled(registry, device, operator, voucher, 2, key)

  it("reads each event", () => {
    assert.deepEqual(parseAnchored(logOf(anchored)), { ledger, device, run: 5n, root, position: 9n, head })
    assert.deepEqual(parseVouched(logOf(vouched)), { device, voucher, operator, evidence })
    assert.deepEqual(parseEnrolled(logOf(enrolled)), { device, operator, voucher, scheme: 2n, key })
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
