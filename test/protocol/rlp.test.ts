import assert from "node:assert/strict"
import {
  decodeRlp,
  encodeRlp,
  fromHex,
  type Hex,
  Rejection,
  type RlpItem,
  rlpNumber,
  rlpToNumber,
  toHex,
} from "@wattest/protocol"
import fc from "fast-check"
import { fromRlp, toRlp } from "viem"

const text = (value: string) => new TextEncoder().encode(value)
const long = text("Lorem ipsum dolor sit amet, consectetur adipisicing elit")

/** Examples of the yellow paper's appendix B and of the boundaries of its cases. */
const EXAMPLES: readonly [RlpItem, Hex][] = [
  [text(""), "0x80"],
  [Uint8Array.of(0), "0x00"],
  [Uint8Array.of(0x7f), "0x7f"],
  [Uint8Array.of(0x80), "0x8180"],
  [text("dog"), "0x83646f67"],
  [[], "0xc0"],
  [[text("cat"), text("dog")], "0xc88363617483646f67"],
  [[[], [[]], [[], [[]]]], "0xc7c0c1c0c3c0c1c0"],
  [new Uint8Array(55), `0xb7${"00".repeat(55)}`],
  [long, `0xb838${toHex(long).slice(2)}`],
  [new Uint8Array(256), `0xb90100${"00".repeat(256)}`],
]

/** Second spellings and broken lengths: none may be read. */
const REFUSED: Record<string, Hex> = {
  "no byte at all": "0x",
  "a byte after the item": "0x8000",
  "a prefix that the byte does not need": "0x8100",
  "a long length that fits the prefix": `0xb837${"00".repeat(55)}`,
  "a length with a leading zero": `0xb90038${"00".repeat(56)}`,
  "a string that runs past the end": "0x83646f",
  "a list that runs past the end": "0xc3c0",
  "a length of eight bytes": "0xbf0000000000000001ff",
  "an item that runs past its list": "0xc283646f67",
  "nesting without end": `0x${"c1".repeat(17)}c0`,
}

const items = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof({ maxDepth: 4 }, fc.uint8Array({ maxLength: 80 }), fc.array(tie("item"), { maxLength: 5 })),
})).item

describe("RLP", () => {
  for (const [item, hex] of EXAMPLES)
    it(`writes and reads ${hex.slice(0, 24)}`, () => {
      assert.equal(toHex(encodeRlp(item)), hex)
      assert.equal(toHex(encodeRlp(decodeRlp(fromHex(hex)))), hex)
    })

  for (const [name, hex] of Object.entries(REFUSED))
    it(`refuses ${name}`, () => {
      assert.throws(
        () => decodeRlp(fromHex(hex)),
        (error) => error instanceof Rejection && error.code === "FIELD_MALFORMED",
      )
    })

  it("agrees with viem on any item", () => {
    fc.assert(
      fc.property(items, (item) => {
        const bytes = encodeRlp(item)
        assert.equal(toHex(bytes), toRlp(item as Uint8Array, "hex"))
        assert.deepEqual(decodeRlp(bytes), fromRlp(bytes, "bytes"))
      }),
    )
  })

  it("reads what it accepts in one spelling only, and refuses the rest with a code", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          assert.deepEqual(encodeRlp(decodeRlp(bytes)), bytes)
        } catch (error) {
          assert.ok(error instanceof Rejection, String(error))
        }
      }),
    )
  })

  it("writes numbers without leading zeros", () => {
    for (const value of [0n, 1n, 127n, 128n, 256n, 2n ** 64n]) assert.equal(rlpToNumber(rlpNumber(value)), value)
    for (const bytes of [Uint8Array.of(0), Uint8Array.of(0, 1), new Uint8Array(33).fill(1)])
      assert.throws(() => rlpToNumber(bytes), Rejection)
  })
})
