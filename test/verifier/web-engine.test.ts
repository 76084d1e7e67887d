import assert from "node:assert/strict"
import { ed25519 } from "@noble/curves/ed25519.js"
import { encodeDocument, parseCertificate, SCHEMES, toHex } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { portableSignatures } from "@wattest/protocol/portable"
import { tell } from "@wattest/testkit/conformance/story"
import { verifyEvidence } from "@wattest/verifier"
import {
  type EdwardsCrypto,
  PROBE_KEY,
  PROBE_MESSAGE,
  PROBES,
  webEngineOn,
} from "../../verifier/src/evidence/web-engine.ts"
import { codeOf, OFFLINE, piecesOf } from "./judging.ts"

const honest = tell({ captures: 4 })
const lines = honest.evidence[0] as readonly string[]
const certificate = parseCertificate(encodeDocument(honest.certificate))

/** Judges evidence on these functions and counts how often they were asked. */
async function judge(given: readonly string[], change: Partial<EdwardsCrypto> | null) {
  let asked = 0
  const counted: EdwardsCrypto = {
    importKey: crypto.subtle.importKey.bind(crypto.subtle),
    verify: (...call) => {
      asked++
      return crypto.subtle.verify(...call)
    },
    ...change,
  }
  const engine = webEngineOn(change === null ? undefined : counted)
  const stream = piecesOf(new TextEncoder().encode(given.join("")))
  const result = await verifyEvidence(stream, certificate, { policy: honest.policy, readers: OFFLINE }, { engine })
  return { code: codeOf(result), asked }
}

const unsigned = lines.map((line, i) => (i === 2 ? line.replace(/"signature":"0x..../, '"signature":"0x0000') : line))

describe("signatures by Web Cryptography", () => {
  it("have probes that tell the readings of Ed25519 apart", () => {
    const device = { scheme: SCHEMES.ed25519, key: toHex(PROBE_KEY) }
    for (const isSigned of [portableSignatures(device), nodeSignatures(device)])
      assert.deepEqual(
        PROBES.map(([signature]) => isSigned(signature, PROBE_MESSAGE)),
        PROBES.map(([, holds]) => holds),
      )
    const lax = PROBES.map(([signature]) => ed25519.verify(signature, PROBE_MESSAGE, PROBE_KEY, { zip215: true }))
    assert.deepEqual(lax, [true, true, true, false])
  })

  it("are asked for each capture and each probe", async () => {
    assert.deepEqual(await judge(lines, {}), { code: "valid", asked: PROBES.length + 4 })
    assert.equal((await judge(unsigned, {})).code, "CAPTURE_SIGNATURE_INVALID")
  })

  const others: { readonly [title: string]: Partial<EdwardsCrypto> | null } = {
    "an engine that accepts everything": { verify: async () => true },
    "an engine that accepts nothing": { verify: async () => false },
    "an engine with another reading": {
      verify: async (_, _key, signature, message) =>
        ed25519.verify(new Uint8Array(signature as ArrayBuffer), new Uint8Array(message as ArrayBuffer), PROBE_KEY),
    },
    "an engine that knows no Ed25519": { importKey: () => Promise.reject(new DOMException("no", "NotSupportedError")) },
    "an engine without Web Cryptography": null,
  }
  for (const [title, change] of Object.entries(others))
    it(`are not left to ${title}`, async () => {
      assert.equal((await judge(lines, change)).code, "valid")
      assert.equal((await judge(unsigned, change)).code, "CAPTURE_SIGNATURE_INVALID")
    })
})
