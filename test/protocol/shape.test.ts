import assert from "node:assert/strict"
import { bigIntToBytes, FIELD_ORDER, Rejection, toHex } from "@wattest/protocol"
import { fieldElement } from "../../protocol/src/documents/shapes.ts"
import * as shape from "../../protocol/src/encoding/shape.ts"

/** A value of each kind that JSON has. */
const KINDS = {
  null: null,
  boolean: true,
  number: 7,
  decimal: "7",
  hexadecimal: "0x07",
  text: "watt",
  array: [7],
  object: { watts: 7 },
} as const
type Kind = keyof typeof KINDS

const fields = shape.object({ watts: shape.integer(0, 7) })

/** Each shape with the kinds that it takes; all others are refused. */
const TAKES: readonly (readonly [name: string, shape.Shape<unknown>, ...takes: readonly Kind[]])[] = [
  ["boolean", shape.boolean, "boolean"],
  ["integer", shape.integer(7, 7), "number"],
  ["integer below", shape.integer(8, 9)],
  ["integer above", shape.integer(5, 6)],
  ["unsigned", shape.unsigned(3), "decimal"],
  ["unsigned of fewer bits", shape.unsigned(2)],
  ["decimal", shape.decimal, "decimal"],
  ["hex", shape.hex(1), "hexadecimal"],
  ["hex of another length", shape.hex(2)],
  ["hex up to its length", shape.hex({ max: 1 }), "hexadecimal"],
  ["hex beyond its length", shape.hex({ max: 0 })],
  ["text", shape.text(4), "decimal", "hexadecimal", "text"],
  ["text beyond its length", shape.text(3), "decimal"],
  ["label", shape.label(4), "decimal", "hexadecimal", "text"],
  ["literal", shape.literal(true), "boolean"],
  ["one of", shape.oneOf(["watt", "7"]), "decimal", "text"],
  ["array", shape.array(shape.integer(7, 7), { min: 1, max: 1 }), "array"],
  ["array with too few", shape.array(shape.integer(7, 7), { min: 2, max: 2 })],
  ["array with too many", shape.array(shape.integer(7, 7), { max: 0 })],
  ["object", fields, "object"],
  ["object with a field that it lacks", shape.object({ joules: shape.boolean })],
  ["object with one field more", shape.object({})],
  ["record", shape.record(shape.integer(7, 7), 1), "object"],
  ["record with too many", shape.record(shape.integer(7, 7), 0)],
  ["nullable", shape.nullable(shape.boolean), "null", "boolean"],
]

describe("a shape takes its own kind of value and no other", () => {
  for (const [name, read, ...takes] of TAKES)
    it(`${name}: ${takes.join(", ") || "none"}`, () => {
      for (const [kind, value] of Object.entries(KINDS)) {
        if (takes.some((taken) => taken === kind)) assert.doesNotThrow(() => read(value, "at"), kind)
        else
          assert.throws(
            () => read(value, "at"),
            (error) => error instanceof Rejection && /at/.test(error.detail),
            kind,
          )
      }
    })
})

describe("an element of the field", () => {
  it("is below the field's order: the order itself would be a second name of 0", () => {
    const spelled = (value: bigint) => toHex(bigIntToBytes(value, 32))
    for (const value of [0n, FIELD_ORDER - 1n]) assert.equal(fieldElement(spelled(value), "$"), spelled(value))
    for (const value of [FIELD_ORDER, 2n ** 256n - 1n])
      assert.throws(() => fieldElement(spelled(value), "$"), { code: "NUMBER_OUT_OF_RANGE" })
  })
})
