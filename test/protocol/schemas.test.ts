import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { encodeDocument, type Json, Rejection, submission, toJson } from "@wattest/protocol"
import { Ajv2020 } from "ajv/dist/2020.js"
import { documentSchemas, SCHEMA_FOLDER } from "../../scripts/generate/schemas.ts"

const ajv = new Ajv2020({ strict: true })
const accepts = (name: string, value: Json) =>
  ajv.validate(JSON.parse(documentSchemas().get(`${name}.schema.json`) as string), value)

const sample = {
  chainId: 137,
  registry: `0x${"01".repeat(20)}`,
  device: { scheme: 1, key: `0x${"02".repeat(32)}` },
  firstRun: "7",
  roots: [`0x${"00".repeat(32)}`],
  through: 1_800_000_000,
  signature: `0x${"03".repeat(64)}`,
}

describe("the documents' JSON Schemas", () => {
  for (const [name, content] of documentSchemas())
    it(`${name} is what the shapes give, and compiles`, () => {
      assert.equal(readFileSync(`${SCHEMA_FOLDER}/${name}`, "utf8"), content)
      assert.ok(ajv.compile(JSON.parse(content)))
    })

  it("accept what the parser accepts", () => {
    assert.ok(accepts("submission", sample))
    assert.deepEqual(toJson(submission(sample, "$")), sample)
    assert.ok(encodeDocument(submission(sample, "$")).length > 0)
  })

  it("refuse what the parser refuses", () => {
    const changes: { [name: string]: Json }[] = [
      { extra: 1 },
      { roots: [] },
      { through: 1_800_000_001 },
      { through: 60 * 2 ** 32 },
      { firstRun: 7 },
      { registry: "0x01" },
      { signature: `0x${"AB".repeat(64)}` },
      { device: { scheme: 3, key: "0x02" } },
    ]
    for (const change of changes) {
      const value = { ...sample, ...change }
      assert.equal(accepts("submission", value), false, JSON.stringify(change))
      assert.throws(() => submission(value, "$"), Rejection)
    }
  })
})
