import { deepEqual, equal, ok, throws } from "node:assert/strict"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { boundInput, boundPublic, METRICS, TOTALS } from "@wattest/protocol"
import { curves, groth16, powersOfTau, zKey } from "snarkjs"
import { COMPILER, checkCeremonyKeys, readManifest } from "../../scripts/keys/development.ts"
import { CIRCUITS, type CircuitKeys, publishedFiles, releaseCurve, sha256 } from "../../scripts/keys/export.ts"
import { parseR1cs, sectionsOf } from "../../scripts/keys/r1cs.ts"
import { DEVELOPMENT_BEACONS, secretsOf } from "../../scripts/keys/secrets.ts"
import { makeProvingKey } from "../../scripts/keys/zkey.ts"
import { mainCircuit, templateCircuit } from "./circuit.ts"
import { createRandom } from "./samples.ts"

const BUILD = "build/circuits"
const read = (path: string) => readFileSync(path, "utf8")

describe("the keys", function () {
  this.timeout(120_000)
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "keys-"))
  })

  after(async () => {
    rmSync(folder, { recursive: true })
    await releaseCurve()
  })

  it("that are committed are those which the circuits give", async () => {
    const manifest = readManifest(join(BUILD, "manifest.json"))
    ok(manifest)
    for (const [path, text] of publishedFiles(BUILD, manifest)) equal(read(path), text, path)
  })

  it("are named development, by the manifest and in Solidity", () => {
    equal(readManifest("circuits/keys/manifest.json")?.kind, "development")
    ok(read("contracts/generated/Keys.sol").includes("DEVELOPMENT_KEYS = true"))
  })

  it("name the compiler that is installed", () => {
    const { version } = JSON.parse(read("node_modules/circom2/package.json"))
    equal(COMPILER, `circom2 ${version} --O2`)
  })

  it("have nothing beside them", () => {
    const names = [...CIRCUITS.map((name) => `${name}.vkey.json`), "manifest.json"].sort()
    deepEqual(readdirSync("circuits/keys").sort(), names)
  })

  it("follow from what the manifest digests", () => {
    for (const [name, keys] of Object.entries(readManifest("circuits/keys/manifest.json")?.circuits ?? {})) {
      equal(sha256(readFileSync(join(BUILD, `${name}.r1cs`))), keys.r1cs)
      equal(sha256(readFileSync(join(BUILD, `${name}.zkey`))), keys.provingKey)
      equal(sha256(readFileSync(`circuits/keys/${name}.vkey.json`)), keys.verificationKey)
    }
  })

  it("of a ceremony are asked for where they are missing or others", () => {
    const manifest = readManifest("circuits/keys/manifest.json")
    ok(manifest)
    checkCeremonyKeys(BUILD, manifest)
    throws(() => checkCeremonyKeys(folder, manifest), /are not the ceremony's/)
    const other = { ...manifest.circuits.open, r1cs: sha256("") } as CircuitKeys
    throws(() => checkCeremonyKeys(BUILD, { ...manifest, circuits: { open: other } }), /is not the circuit/)
  })

  it("of a circuit are byte for byte those which snarkjs makes from the same beacons", async () => {
    await templateCircuit("EqualOrAny()", "run/equal-or-any", ["value", "asked"])
    const r1cs = join(BUILD, "test/EqualOrAny.r1cs")
    const { phase1, phase2 } = DEVELOPMENT_BEACONS
    const at = (name: string) => join(folder, name)
    await powersOfTau.newAccumulator(await curves.getCurveFromName("bn128"), 5, at("0.ptau"))
    await powersOfTau.beacon(at("0.ptau"), at("1.ptau"), "beacon", phase1.hash, phase1.iterationsExponent)
    await powersOfTau.preparePhase2(at("1.ptau"), at("2.ptau"))
    await zKey.newZKey(r1cs, at("2.ptau"), at("0.zkey"))
    await zKey.beacon(at("0.zkey"), at("1.zkey"), "beacon", phase2.hash, phase2.iterationsExponent)
    const theirs = sectionsOf(readFileSync(at("1.zkey")))
    const ours = sectionsOf(
      await makeProvingKey(parseR1cs(readFileSync(r1cs)), secretsOf(DEVELOPMENT_BEACONS), { workers: 1 }),
    )
    // Section 10 is the list of contributions, empty in ours
    for (let id = 1; id <= 9; id++)
      ok(Buffer.from(ours.get(id) ?? []).equals(theirs.get(id) ?? Buffer.of(1)), `section ${id}`)
  })

  it("prove, and refuse a changed signal", async () => {
    const random = createRandom("keys")
    const side = { totals: TOTALS.map(() => random.bits(60)), blind: random.element() }
    const terms = { measure: METRICS.energy, isStrict: false, bounds: { lo: 0n, hi: 2n ** 80n - 1n } }
    const input = boundInput({ numerator: side, denominator: side }, terms)
    const witness = (await (await mainCircuit("bound")).calculate({ ...input })) ?? []
    const file = join(folder, "bound.wtns")
    writeFileSync(file, encodeWitness(witness))
    const { proof, publicSignals } = await groth16.prove(join(BUILD, "bound.zkey"), file)
    deepEqual(publicSignals.map(BigInt), boundPublic(input))
    const key = JSON.parse(read("circuits/keys/bound.vkey.json"))
    equal(await groth16.verify(key, publicSignals, proof), true)
    equal(await groth16.verify(key, publicSignals.with(3, "7"), proof), false)
  })
})

/** The .wtns file of a witness: magic, version, then field and values as sections. */
function encodeWitness(witness: readonly bigint[]): Uint8Array {
  const word = (value: bigint) => Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse()
  const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer)
  const section = (id: number, bytes: Uint8Array) =>
    Buffer.concat([u32(id), Buffer.from(BigUint64Array.of(BigInt(bytes.length)).buffer), bytes])
  const order = 21888242871839275222246405745257275088548364400416034343698204186575808495617n
  const header = section(1, Buffer.concat([u32(32), word(order), u32(witness.length)]))
  return Buffer.concat([Buffer.from("wtns"), u32(2), u32(2), header, section(2, Buffer.concat(witness.map(word)))])
}
