import assert from "node:assert/strict"
import { encodeCanonicalJson, encodeDocument, type Json, parseCertificate, REJECT_CODES } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { verifyEvidence } from "@wattest/verifier"
import { createWorkerEngine } from "@wattest/verifier/node"
import { OFFLINE, piecesOf } from "../judging.ts"
import { createChance } from "./chance.ts"
import { type Path, pathsOf, replaced } from "./json.ts"

const SEED = Number(process.env.WATTEST_SEED ?? 1)
const INPUTS = Number(process.env.WATTEST_FUZZ ?? (process.env.WATTEST_DEPTH === "deep" ? 100_000 : 2_000))
const CAPTURES = 33
/** Of so many inputs one is judged on threads too: starting them is dear. */
const THREADED = 50

const told = tell({ captures: CAPTURES })
const certificate = parseCertificate(encodeDocument(told.certificate))
const lines = told.evidence[0] as readonly string[]

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

type Place = { readonly line: number; readonly path: Path }

/** Every field of every line, the header's too. */
const PLACES: readonly Place[] = lines.flatMap((text, line) =>
  pathsOf(JSON.parse(text) as Json).map((path) => ({ line, path })),
)

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

/** The evidence with one field changed: by a digit the first time round, by a value at some edge afterwards. */
function changed(input: number): { readonly text: string; readonly place: Place } {
  const place = PLACES[(input * 7919) % PLACES.length] as Place
  const document = JSON.parse(lines[place.line] as string) as Json
  const edge = input < PLACES.length ? raised : () => createChance(SEED * 1_000_003 + input).of(EDGES)
  const text = `${encodeCanonicalJson(replaced(document, place.path, edge))}\n`
  return { text: lines.with(place.line, text).join(""), place }
}

describe("evidence with one field of one capture changed", () => {
  const unhandled: unknown[] = []
  const keep = (reason: unknown) => unhandled.push(reason)
  before(() => void process.on("unhandledRejection", keep))
  after(() => void process.off("unhandledRejection", keep))

  const judge = async (text: string, isThreaded: boolean) => {
    const bytes = new TextEncoder().encode(text)
    const options = isThreaded ? { engine: createWorkerEngine } : {}
    const world = { policy: told.policy, readers: OFFLINE }
    return (await verifyEvidence(piecesOf(bytes, 4096), certificate, world, options)).verdict
  }

  it(`is refused with a code of the closed list, ${INPUTS} times, and no promise is left alone`, async () => {
    assert.ok(PLACES.length % 7919 !== 0)
    const original = lines.join("")
    for (let input = 0; input < INPUTS; input++) {
      const { text, place } = changed(input)
      if (text === original) continue
      for (const isThreaded of input % THREADED === 0 ? [false, true] : [false]) {
        const verdict = await judge(text, isThreaded)
        const at = `input ${input} of seed ${SEED}: line ${place.line}, ${place.path.join(".")}`
        assert.equal(verdict.status, "invalid", at)
        assert.ok(verdict.status === "invalid" && verdict.code in REJECT_CODES, at)
      }
    }
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(unhandled, [])
  }).timeout(INPUTS * 1000)

  it("covers every field of every capture in the first round", () => {
    const met = new Set(Array.from({ length: PLACES.length }, (_, input) => (input * 7919) % PLACES.length))
    assert.equal(met.size, PLACES.length)
  })

  it("would know honest evidence: the original is, here and on threads", async () => {
    assert.equal((await judge(lines.join(""), false)).status, "valid")
    assert.equal((await judge(lines.join(""), true)).status, "valid")
  })
})
