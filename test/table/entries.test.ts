import assert from "node:assert/strict"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Json } from "@wattest/protocol"
import { Ajv2020 } from "ajv/dist/2020.js"
import { parseEntry } from "../../explorer/src/table/check.ts"
import { tableEntry } from "../../explorer/src/table/entry.ts"
import { rowOf } from "../../explorer/src/table/figures.ts"
import { readTable } from "../../scripts/table/read.ts"
import { createReplayer, needsData, type Replayer } from "../attester/traces/support.ts"
import { entryOf } from "./rows.ts"

/** What the reference facts say of a unit of each published run, whoever computed it. */
const CITED: readonly (readonly [id: string, joulesPerUnit: number])[] = [
  ["lenovo-8xb200-llama3.1-405b-offline", 6.042],
  ["lenovo-8xb200-llama3.1-8b-offline", 0.0642],
  ["lenovo-8xb200-stable-diffusion-xl-offline", 299.3],
  ["lenovo-8xb200-llama2-70b-offline", 0.1011],
  ["lenovo-8xb200-whisper-offline", 11.09],
  ["smc-64x8xh100-llama2-70b-lora-ac", (10.321 * 3.6e6) / 6912],
  ["smc-64x8xh100-llama2-70b-lora-dc", (10.04 * 3.6e6) / 6912],
  ["dell-8xxe9680-llama2-70b-lora", 16.779e6],
  ["dgx-a100-maxq-resnet50-offline", 11.53e-3],
]

describe("the open table's files", () => {
  const { entries, assumptions, faults } = readTable()

  it("are rows, all of them", () => {
    assert.deepEqual(faults, [])
    assert.ok(entries.size >= 17)
  })

  it("follow the schema that contributors are given", () => {
    const follows = new Ajv2020({ strict: false }).compile(
      JSON.parse(readFileSync("docs/schemas/table-entry.schema.json", "utf8")),
    )
    for (const [id, entry] of entries) assert.ok(follows(entry), `${id}: ${JSON.stringify(follows.errors)}`)
    assert.equal(follows({ ...entryOf(), colour: "red" }), false)
  })

  for (const [id, joules] of CITED)
    it(`has ${joules} J a unit for ${id}, within 0.1 %`, () => {
      const entry = entries.get(id)
      assert.ok(entry)
      const { value } = rowOf(id, entry).perUnit
      assert.ok(Math.abs(value / joules - 1) < 0.001, `${value}`)
    })

  describe("whose logs are public", () => {
    let replayer: Replayer
    before(() => {
      replayer = createReplayer()
    })
    after(() => replayer.discard())

    const measured = [...entries].flatMap(([id, { logs, ...entry }]) =>
      logs === undefined ? [] : [{ id, logs, entry }],
    )

    it("are the five submissions beside the project, and whatever came since", () => assert.ok(measured.length >= 5))

    for (const { id, logs, entry } of measured)
      it(`come out of the attester as the table has them: ${id}`, function () {
        const { joules, uncertainty } = replayer.run(needsData(this, logs.path), ...logs.options)
        assert.ok(Math.abs(joules / Number(entry.energyJoules) - 1) < 0.001, `${joules} J`)
        const share = uncertainty / joules
        assert.ok(Math.abs(share - Number(entry.uncertaintyShare)) < 0.0005, `${share}`)
      })
  })

  const refused = (change: object, reason: RegExp) => {
    const value: Json = JSON.parse(JSON.stringify({ ...entryOf(), ...change }))
    assert.throws(() => parseEntry(value, assumptions), { name: "EntryFault", message: reason })
  }

  it("take a row that is well formed", () => {
    assert.deepEqual(parseEntry(JSON.parse(JSON.stringify(entryOf())), assumptions), entryOf())
  })

  for (const [what, change, reason] of [
    ["of a unit that nobody knows", { unit: "furlong" }, /\$\.unit: expected one of token/],
    ["at no boundary", { boundary: "desk" }, /\$\.boundary: expected one of gpu/],
    ["of no confidence that there is", { confidence: "sure" }, /\$\.confidence/],
    ["with a field that is none", { colour: "red" }, /\$\.colour/],
    ["without a source", { source: { title: "A paper", link: "javascript:alert(1)" } }, /\$\.source\.link: expected/],
    ["of a day that is none", { date: "2026-13-01" }, /\$\.date/],
    ["with a number that is none", { energyJoules: "many" }, /\$\.energyJoules/],
    ["with both quotient and units", { joulesPerUnit: "10" }, /either units or joulesPerUnit/],
    ["with neither", { units: undefined }, /either units or joulesPerUnit/],
    ["with units of no energy", { energyJoules: undefined }, /units need energyJoules/],
    ["of no energy", { energyJoules: "0" }, /above 0/],
    ["of energy below zero", { energyJoules: "-1" }, /above 0/],
    ["with more uncertainty than value", { uncertaintyShare: "1.01" }, /a share lies between 0 and 1/],
    ["whose accepted share is none", { accepted: { unit: "answer", units: "1", share: "2", rule: "r" } }, /share lies/],
    ["that accepted nothing", { accepted: { unit: "answer", units: "1", share: "0", rule: "r" } }, /accepted nothing/],
    ["proved by nothing", { confidence: "proved" }, /proved by a certificate/],
    ["estimated with a certificate", { confidence: "estimated", certificate: "a.json" }, /no other row has one/],
    ["with a certificate elsewhere", { confidence: "proved", certificate: "../a.json" }, /\$\.certificate/],
    [
      "estimated with logs",
      { confidence: "estimated", logs: { path: "a", options: [], licence: "MIT" } },
      /logs belong/,
    ],
    ["of an assumption that nobody states", { assumptions: ["wishful"] }, /has no wishful/],
    ["of no assumption at all", { assumptions: [] }, /\$\.assumptions/],
    ["that would steer a terminal", { model: "\u001b[2J" }, /\$\.model/],
  ] as const)
    it(`refuse a row ${what}`, () => refused(change, reason))

  it("are named where they are none, and the others are read", () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-table-"))
    cpSync("table", folder, { recursive: true })
    const written = (name: string, text: string) => writeFileSync(join(folder, "entries", name), text)
    written("broken.json", "{")
    written("Loud.json", JSON.stringify(entryOf()))
    written("twice.json", '{"version":1,"version":1}')
    rmSync(join(folder, "entries", "chatgpt-average-query-openai.json"))
    const read = readTable(folder)
    assert.equal(read.entries.size, entries.size - 1)
    assert.deepEqual(
      read.faults.map(({ file, reason }) => [file.slice(folder.length + 1), /small letters|no row makes/.test(reason)]),
      [
        ["entries/Loud.json", true],
        ["entries/broken.json", false],
        ["entries/twice.json", false],
        ["assumptions.json", true],
      ],
    )
    rmSync(folder, { recursive: true })
  })

  it("have a shape that describes itself", () => assert.equal(tableEntry.schema?.type, "object"))
})
