import assert from "node:assert/strict"
import { encodeDocument, parseCertificate } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { tell } from "@wattest/testkit/conformance/story"
import {
  type CaptureEngineFactory,
  createLocalEngine,
  createWebEngine,
  type EvidenceResult,
  verifyEvidence,
} from "@wattest/verifier"
import { createWorkerEngine } from "@wattest/verifier/node"
import { OFFLINE, piecesOf } from "./judging.ts"

/** Two full batches and a rest, so that batches, threads and the tree's right edge all matter. */
const CAPTURES = 1100
const honest = tell({ captures: CAPTURES })
const lines = honest.evidence[0] as readonly string[]
const certificate = parseCertificate(encodeDocument(honest.certificate))

const ENGINES: { readonly [name: string]: CaptureEngineFactory } = {
  "in this thread": ({ device, run }) => createLocalEngine(run, nodeSignatures(device)),
  "in threads": createWorkerEngine,
  "on Web Cryptography": createWebEngine,
}

/** Captures (not lines) with some of them changed as text. */
const withCaptures = (changes: { readonly [sequence: number]: (line: string) => string }) =>
  lines.map((line, i) => changes[i - 1]?.(line) ?? line)

const unsigned = (line: string) => line.replace(/"signature":"0x..../, '"signature":"0x0000')
const falling = (line: string) => line.replace(/"energyMillijoules":"\d+"/, '"energyMillijoules":"1"')
const relabelled = (line: string) => line.replace('"phase":"decode"', '"phase":"idle"')

async function judge(given: readonly string[], engine: CaptureEngineFactory): Promise<EvidenceResult> {
  const bytes = new TextEncoder().encode(given.join(""))
  const world = { policy: honest.policy, readers: OFFLINE }
  return verifyEvidence(piecesOf(bytes, 65_536), certificate, world, { engine })
}

const outcomeOf = ({ verdict }: EvidenceResult) =>
  verdict.status === "valid" ? "valid" : `${verdict.code}: ${verdict.detail}`

describe("engines for captures", () => {
  const cases: { readonly [title: string]: readonly [given: readonly string[], outcome: RegExp] } = {
    "accept honest evidence": [lines, /^valid$/],
    "name the first capture that is not signed": [
      withCaptures({ 3: unsigned, 700: unsigned }),
      /^CAPTURE_SIGNATURE_INVALID: capture 3$/,
    ],
    "see one in the second batch": [withCaptures({ 512: unsigned }), /^CAPTURE_SIGNATURE_INVALID: capture 512$/],
    "see one in the rest": [withCaptures({ 1099: unsigned }), /^CAPTURE_SIGNATURE_INVALID: capture 1099$/],
    "see a reading that was changed": [withCaptures({ 600: relabelled }), /^CAPTURE_SIGNATURE_INVALID: capture 600$/],
    "put a bad signature before what falls after it": [
      withCaptures({ 1000: unsigned, 1001: falling }),
      /^CAPTURE_SIGNATURE_INVALID: capture 1000$/,
    ],
    "put what falls before a bad signature after it": [
      withCaptures({ 1000: falling, 1001: unsigned }),
      /^REGISTER_DECREASED: capture 1000/,
    ],
    "put a bad signature before a line that is no JSON": [
      withCaptures({ 20: unsigned, 21: () => "{\n" }),
      /^CAPTURE_SIGNATURE_INVALID: capture 20$/,
    ],
    "miss the last capture": [lines.slice(0, -1), /^CAPTURE_COUNT_MISMATCH/],
    "miss the captures": [lines.slice(0, 1), /^CAPTURE_COUNT_MISMATCH/],
  }
  for (const [name, engine] of Object.entries(ENGINES))
    describe(name, () => {
      for (const [title, [given, outcome]] of Object.entries(cases))
        it(title, async () => assert.match(outcomeOf(await judge(given, engine)), outcome))
    })

  it("give the same claim and findings", async () => {
    const [here, ...others] = await Promise.all(Object.values(ENGINES).map((engine) => judge(lines, engine)))
    for (const other of others) assert.deepEqual(other, here)
  })

  it("free their threads after a refusal", async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length
    await judge(withCaptures({ 3: unsigned }), createWorkerEngine)
    const after = process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length
    assert.equal(after, before)
  })
})
