import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeCanonicalJson, encodeDocument, type Json, parseCertificate, REJECT_CODES } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { verifyEvidence } from "@wattest/verifier"
import { createWorkerEngine } from "@wattest/verifier/node"
import { OFFLINE, piecesOf } from "../judging.ts"
import { createChance } from "./chance.ts"
import { type Path, pathsOf, replaced } from "./json.ts"

const SEED = Number(process.env.WATTEST_SEED ?? 1)
const INPUTS = Number(process.env.WATTEST_FUZZ ?? (process.env.WATTEST_DEPTH === "deep" ? 100_000 : 2_000))
const IS_DEEP = process.env.WATTEST_DEPTH === "deep"
/** Of so many inputs one is judged on threads too: starting them is dear. */
const THREADED = 50
/** Last captures of subtrees, where a batch of leaves is closed. */
const CLOSING = [0, 1, 3, 7, 15, 31, 63, 127]
const MAIN = "verifier/src/main.ts"

function evidenceOf(captures: number) {
  const told = tell({ captures })
  const certificate = parseCertificate(encodeDocument(told.certificate))
  return { ...told, parsed: certificate, lines: told.evidence[0] as readonly string[] }
}
type Evidence = ReturnType<typeof evidenceOf>

/** Most inputs change the short one: judging goes on up to the changed capture. */
const SHORT = evidenceOf(24)
const LONG = evidenceOf(129)

/** Another value of the same kind: the form stays, so that it is not the parser alone that is asked. */
function raised(value: Json): Json {
  if (typeof value === "number") return value + 1
  if (typeof value === "boolean") return !value
  if (value === null) return 0
  if (Array.isArray(value)) return value.slice(1)
  if (typeof value === "object") return {}
  const at = value.search(/[0-9](?![0-9a-f]*[0-9])/)
  if (at < 0) return `${value}x`
  return `${value.slice(0, at)}${(Number(value[at]) + 1) % 10}${value.slice(at + 1)}`
}

type Place = { readonly of: Evidence; readonly line: number; readonly path: Path }

/** Every field of every line, the header's too. */
const placesOf = (of: Evidence): readonly Place[] =>
  of.lines.flatMap((text, line) => pathsOf(JSON.parse(text) as Json).map((path) => ({ of, line, path })))

const PLACES = placesOf(SHORT)
// A capture's line stands behind the header's.
const CLOSING_PLACES = placesOf(LONG).filter(({ line }) => CLOSING.includes(line - 1))
/** Whose every field has a digit changed, before any value at an edge is tried. */
const FIRST = [...CLOSING_PLACES, ...(IS_DEEP ? placesOf(LONG) : [])]

const EDGES: readonly Json[] = [
  0,
  -1,
  2 ** 53,
  "",
  "0",
  "-1",
  "9".repeat(500),
  `0x${"ff".repeat(32)}`,
  [],
  {},
  null,
  "__proto__",
]

/** A register of a capture, which goes up by a digit. */
const registerOf = (capture: number) =>
  CLOSING_PLACES.find(({ line, path }) => line - 1 === capture && path.at(-1) === "energyMillijoules")

type Changed = { readonly text: string; readonly place: Place }

function changedAt(place: Place, change: (value: Json) => Json): Changed {
  const document = JSON.parse(place.of.lines[place.line] as string) as Json
  const text = `${encodeCanonicalJson(replaced(document, place.path, change))}\n`
  return { text: place.of.lines.with(place.line, text).join(""), place }
}

/** The evidence with one field changed: by a digit the first time round, by a value at some edge afterwards. */
function changed(input: number): Changed {
  const first = FIRST[input]
  if (first !== undefined) return changedAt(first, raised)
  const next = input - FIRST.length
  const place = PLACES[(next * 7919) % PLACES.length] as Place
  return changedAt(place, next < PLACES.length ? raised : () => createChance(SEED * 1_000_003 + input).of(EDGES))
}

const told = ({ of, line, path }: Place) => `${of.lines.length - 1} captures, line ${line}, ${path.join(".")}`

describe("evidence with one field of one capture changed", () => {
  const unhandled: unknown[] = []
  const keep = (reason: unknown) => unhandled.push(reason)
  before(() => void process.on("unhandledRejection", keep))
  after(() => void process.off("unhandledRejection", keep))

  const judge = async (text: string, of: Evidence, isThreaded: boolean) => {
    const bytes = new TextEncoder().encode(text)
    const options = isThreaded ? { engine: createWorkerEngine } : {}
    const world = { policy: of.policy, readers: OFFLINE }
    return (await verifyEvidence(piecesOf(bytes, 4096), of.parsed, world, options)).verdict
  }

  it(`is refused with a code of the closed list, ${INPUTS} times, and no promise is left alone`, async () => {
    assert.ok(PLACES.length % 7919 !== 0)
    const originals = new Map([SHORT, LONG].map((of) => [of, of.lines.join("")]))
    for (let input = 0; input < INPUTS; input++) {
      const { text, place } = changed(input)
      if (text === originals.get(place.of)) continue
      for (const isThreaded of input % THREADED === 0 ? [false, true] : [false]) {
        const verdict = await judge(text, place.of, isThreaded)
        const at = `input ${input} of seed ${SEED}: ${told(place)}`
        assert.equal(verdict.status, "invalid", at)
        assert.ok(verdict.status === "invalid" && verdict.code in REJECT_CODES, at)
      }
    }
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(unhandled, [])
  }).timeout(INPUTS * 1000)

  it("covers every field of the short evidence, and of captures that close a subtree of the long one", () => {
    const met = new Set(Array.from({ length: PLACES.length }, (_, input) => (input * 7919) % PLACES.length))
    assert.equal(met.size, PLACES.length)
    assert.deepEqual([...new Set(FIRST.map(({ line }) => line - 1))].slice(0, CLOSING.length), CLOSING)
    assert.ok(FIRST.length + PLACES.length <= Math.max(INPUTS, 2_000))
  })

  it("would know honest evidence: the original is, here and on threads", async () => {
    for (const story of [SHORT, LONG])
      for (const isThreaded of [false, true])
        assert.equal((await judge(story.lines.join(""), story, isThreaded)).status, "valid")
  })

  it("is invalid to the command too, which ends in no fault of its own", () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-captures-"))
    const at = (name: string) => join(folder, name)
    const verify = (text: string) => {
      writeFileSync(at("evidence"), text)
      const flags = ["--policy", at("policy"), "--evidence", at("evidence"), "--offline", "--line"]
      return spawnSync(process.execPath, [MAIN, at("certificate"), ...flags], { encoding: "utf8" })
    }
    try {
      writeFileSync(at("certificate"), encodeDocument(LONG.certificate))
      writeFileSync(at("policy"), encodeDocument(LONG.policy))
      assert.equal(verify(LONG.lines.join("")).status, 0)
      const tried = IS_DEEP ? CLOSING_PLACES : CLOSING.flatMap((capture) => registerOf(capture) ?? [])
      assert.ok(tried.length >= CLOSING.length)
      for (const place of tried) {
        const { text } = changedAt(place, raised)
        if (text === LONG.lines.join("")) continue
        const { status, stdout, stderr } = verify(text)
        assert.equal(status, 1, `${told(place)}: ${stdout}${stderr}`)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }).timeout(IS_DEEP ? 1_200_000 : 60_000)
})
