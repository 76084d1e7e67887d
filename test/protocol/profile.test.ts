import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import {
  encodeProfile,
  type Hex,
  MAX_PROFILE_BYTES,
  type Profile,
  parseProfile,
  profileDigest,
  profileText,
  Rejection,
} from "@wattest/protocol"
import { accountThatSigned } from "@wattest/protocol/account"
import fc from "fast-check"
import { PROFILE_VECTORS, profileVectors } from "../../scripts/generate/profile-vectors.ts"

type Case = {
  readonly name: string
  readonly expect: string
  readonly digest: Hex
  readonly signer: Hex | null
  readonly text: string
}

const text = readFileSync(PROFILE_VECTORS, "utf8")
const { cases } = JSON.parse(text) as { readonly cases: readonly Case[] }
const bytesOf = (given: string) => new TextEncoder().encode(given)

/** The code that a profile is refused with, or "valid". */
function outcomeOf(given: Uint8Array): string {
  try {
    parseProfile(given)
    return "valid"
  } catch (error) {
    if (error instanceof Rejection) return error.code
    throw error
  }
}

const signerOf = (profile: Profile): Hex | null =>
  profile.signature === undefined ? null : accountThatSigned(profileText(profile), profile.signature)

describe("profiles by their vectors", () => {
  it("are what others' implementations make of them", async () => assert.equal(await profileVectors(), text))

  for (const { name, expect, digest, signer, text: given } of cases)
    it(`${expect === "valid" ? "takes" : "refuses"}: ${name}`, () => {
      assert.equal(outcomeOf(bytesOf(given)), expect)
      if (expect !== "valid") return
      const profile = parseProfile(bytesOf(given))
      assert.deepEqual(new TextDecoder().decode(encodeProfile(profile)), given)
      assert.deepEqual([profileDigest(profile), signerOf(profile)], [digest, signer])
    })

  const signed = cases.find(({ name }) => name === "signed by its operator")?.text ?? ""

  it("have another signer after any change", () => {
    const profile = parseProfile(bytesOf(signed))
    assert.equal(signerOf(profile), profile.operator)
    const changed = [
      { ...profile, entity: { ...profile.entity, name: "Another AG" } },
      { ...profile, declared: [] },
      { ...profile, meters: [] },
    ]
    for (const one of changed) assert.notEqual(signerOf(one), profile.operator)
  })

  it("are canonical: another order, a blank or a line end is refused", () => {
    const { mediaType, ...rest } = JSON.parse(signed)
    for (const wrong of [JSON.stringify({ ...rest, mediaType }), signed.replace(":", ": "), `${signed}\n`])
      assert.equal(outcomeOf(bytesOf(wrong)), "DOCUMENT_NOT_CANONICAL")
  })

  it("are refused above the lists' limits, and not at them", () => {
    const base = JSON.parse(cases[1]?.text ?? "")
    const sites = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ ...site, id: `s${String(i).padStart(4, "0")}` }))
    const site = { address: "", municipality: "", country: "CH", zone: "CH", dataCentre: null }
    const outcome = (count: number) => outcomeOf(encodeProfile({ ...base, sites: sites(count) }))
    assert.deepEqual([outcome(1024), outcome(1025)], ["valid", "FIELD_MALFORMED"])
  })

  it("have no instrument that takes emissions away", () => {
    const base = parseProfile(bytesOf(signed))
    const instruments = (factor: string) =>
      base.instruments.map((one) => ({ ...one, kilogramsPerMegawattHour: factor }))
    const outcome = (factor: string) => outcomeOf(encodeProfile({ ...base, instruments: instruments(factor) }))
    assert.ok(base.instruments.length > 0)
    assert.deepEqual([outcome("-1"), outcome("0")], ["FIELD_MALFORMED", "valid"])
  })

  it("are refused by their length before they are read", () => {
    assert.equal(outcomeOf(new Uint8Array(MAX_PROFILE_BYTES + 1).fill(0x20)), "DOCUMENT_TOO_LARGE")
    assert.notEqual(outcomeOf(new Uint8Array(MAX_PROFILE_BYTES).fill(0x20)), "DOCUMENT_TOO_LARGE")
  })

  it("end in a rejection and nothing else, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.nat({ max: signed.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const bytes = bytesOf(signed)
        bytes[at] = byte
        outcomeOf(bytes)
      }),
      { numRuns: 200 },
    )
  })
})
