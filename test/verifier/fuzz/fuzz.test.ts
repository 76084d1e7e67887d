import assert from "node:assert/strict"
import {
  encodeDocument,
  encodePresentation,
  type Json,
  parseCertificate,
  REJECT_CODES,
  Rejection,
  toJson,
} from "@wattest/protocol"
import { excerptOf } from "@wattest/testkit/conformance/evidence"
import { tell } from "@wattest/testkit/conformance/story"
import {
  parsePolicy,
  UNDETERMINED_CODES,
  type Verdict,
  verifyCertificate,
  verifyEvidence,
  verifyPresentation,
} from "@wattest/verifier"
import { CHOSEN_CASES } from "../../../scripts/generate/conformance/cases/chosen-runs.ts"
import { OFFLINE, piecesOf } from "../judging.ts"
import { changeBytes, changeZip, createZipTest } from "./bytes.ts"
import { type Chance, createChance } from "./chance.ts"
import { changeJson, changeLines } from "./json.ts"

const SEED = Number(process.env.WATTEST_SEED ?? 1)
const INPUTS = Number(process.env.WATTEST_FUZZ ?? (process.env.WATTEST_DEPTH === "deep" ? 100_000 : 2_000))
/** Processor time, so that a busy machine is no hang. */
const MOST_MICROS = 2_000_000
const MOST_BYTES = 400 * 1024 * 1024

const honest = tell({ captures: 3 })
const { policy } = honest
const certificate = toJson(honest.certificate)
const certificateBytes = encodeDocument(honest.certificate)
const parsed = parseCertificate(certificateBytes)
const full = honest.evidence[0] as readonly string[]
const excerpt = excerptOf(honest.device, 0n, honest.captures[0] ?? [], [0, 2])
const chosen = CHOSEN_CASES.find(({ name }) => name === "presentation-chosen-valid")?.presentation
assert.ok(chosen)
const chosenBytes = encodePresentation(chosen.document)
const chosenPolicy = chosen.policy
const utf8 = (text: string) => new TextEncoder().encode(text)

type Outcome = Verdict<unknown>["status"]

/** A verdict in its closed form; anything else is a failure of the verifier. */
function outcomeOf(verdict: Verdict<unknown>): Outcome {
  if (verdict.status === "invalid") assert.ok(verdict.code in REJECT_CODES)
  if (verdict.status === "undetermined") assert.ok(verdict.code in UNDETERMINED_CODES)
  return verdict.status
}

const judgeCertificate = async (bytes: Uint8Array) =>
  outcomeOf((await verifyCertificate(bytes, policy, OFFLINE)).verdict)
const judgeEvidence = async (bytes: Uint8Array, chance: Chance) =>
  outcomeOf(
    (await verifyEvidence(piecesOf(bytes, 1 + chance.below(5000)), parsed, { policy, readers: OFFLINE })).verdict,
  )
const judgePresentation = async (bytes: Uint8Array) =>
  outcomeOf((await verifyPresentation(bytes, policy, OFFLINE)).verdict)
const judgeChosen = async (bytes: Uint8Array) =>
  outcomeOf((await verifyPresentation(bytes, chosenPolicy, OFFLINE)).verdict)

/** A policy is no evidence of anything: it is read, or refused. */
async function readPolicy(bytes: Uint8Array): Promise<Outcome> {
  try {
    parsePolicy(bytes)
  } catch (error) {
    assert.ok(error instanceof Rejection)
  }
  return "undetermined"
}

type Attack = {
  /** What is no forgery though it was changed. */
  readonly isHonest: (bytes: Uint8Array) => boolean
  readonly change: (chance: Chance) => Uint8Array
  readonly judge: (bytes: Uint8Array, chance: Chance) => Promise<Outcome>
}

const equals = (original: Uint8Array) => (bytes: Uint8Array) => Buffer.compare(bytes, original) === 0

/** An excerpt with captures left out is another excerpt. */
function isExcerpt(bytes: Uint8Array): boolean {
  const [header, ...lines] = new TextDecoder().decode(bytes).split(/(?<=\n)/)
  const places = lines.map((line) => excerpt.indexOf(line))
  return header === excerpt[0] && places.every((place, i) => place > (places[i - 1] ?? 0))
}

/** Vouch documents may be left out where the policy does not ask for them; a finding says so. */
const { vouchDocuments: _, ...hidden } = parsed
const isCertificate = (bytes: Uint8Array) =>
  [certificateBytes, encodeDocument(hidden)].some((honestly) => equals(honestly)(bytes))

/** A bound that is said twice says no more, and without one a tally is shown and no number. */
const repetitions = Array.from({ length: 17 }, (_, i) => {
  const bounds = Array.from({ length: i }, () => chosen.document.bounds).flat()
  return encodePresentation({ ...chosen.document, bounds })
})

const fullBytes = utf8(full.join(""))
const policyBytes = encodeDocument(policy)
const ATTACKS: { readonly [name: string]: Attack } = {
  "certificates changed in their structure": {
    isHonest: isCertificate,
    change: (chance) => utf8(changeJson(certificate, chance)),
    judge: judgeCertificate,
  },
  "certificates changed as bytes": {
    isHonest: equals(certificateBytes),
    change: (chance) => changeBytes(certificateBytes, chance),
    judge: judgeCertificate,
  },
  "evidence changed in its structure": {
    isHonest: equals(fullBytes),
    change: (chance) => utf8(changeLines(full, chance)),
    judge: judgeEvidence,
  },
  "excerpts changed in their structure": {
    isHonest: isExcerpt,
    change: (chance) => utf8(changeLines(excerpt, chance)),
    judge: judgeEvidence,
  },
  "evidence changed as bytes": {
    isHonest: equals(fullBytes),
    change: (chance) => changeBytes(fullBytes, chance),
    judge: judgeEvidence,
  },
  "evidence changed in its compression": {
    isHonest: createZipTest(fullBytes),
    change: (chance) => changeZip(fullBytes, chance),
    judge: judgeEvidence,
  },
  "presentations made of other documents": {
    isHonest: equals(certificateBytes),
    change: (chance) => utf8(changeJson({ ...(certificate as object), claims: [certificate as Json] }, chance)),
    judge: judgePresentation,
  },
  "claims over chosen runs changed in their structure": {
    isHonest: (bytes) => repetitions.some((repetition) => equals(repetition)(bytes)),
    change: (chance) => utf8(changeJson(toJson(chosen.document), chance)),
    judge: judgeChosen,
  },
  "policies changed in their structure": {
    isHonest: equals(policyBytes),
    change: (chance) => utf8(changeJson(toJson(policy), chance)),
    judge: readPolicy,
  },
}

describe("the verifier under hostile input", () => {
  const names = Object.keys(ATTACKS)
  for (const [index, [name, { isHonest, change, judge }]] of Object.entries(ATTACKS).entries())
    it(`gives ${name} a verdict in bounded time and memory, and never the valid one`, async () => {
      const before = process.memoryUsage.rss()
      for (let i = index; i < INPUTS; i += names.length) {
        const chance = createChance(SEED * 1_000_003 + i)
        const bytes = change(chance)
        if (isHonest(bytes)) continue
        const start = process.cpuUsage()
        const outcome = await judge(bytes, chance)
        const { user, system } = process.cpuUsage(start)
        const at = `input ${i} of seed ${SEED}`
        assert.notEqual(outcome, "valid", at)
        assert.ok(user + system < MOST_MICROS, `${at}: ${user + system} µs`)
        assert.ok(process.memoryUsage.rss() - before < MOST_BYTES, `${at}: memory`)
      }
    }).timeout(INPUTS * 1000)

  it("would know a valid document: the originals are", async () => {
    assert.equal(await judgeCertificate(certificateBytes), "valid")
    assert.equal(await judgeChosen(chosenBytes), "valid")
    assert.equal(await judgeEvidence(fullBytes, createChance(1)), "valid")
    assert.equal(await judgeEvidence(utf8(excerpt.join("")), createChance(1)), "valid")
  })
})
