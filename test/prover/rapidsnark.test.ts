import assert from "node:assert/strict"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { boundInput, boundPublic, EMPTY_ACCUMULATION, METRICS } from "@wattest/protocol"
import { createProverPool, readVerificationKey } from "@wattest/prover"
import { KEYS } from "@wattest/testkit/ledger/world"
import { skip } from "@wattest/testkit/skip"
import { checkProofs } from "@wattest/verifier"
import { findRapidsnark, isLibrary } from "../../prover/src/proving/rapidsnark.ts"

const LIBRARY = process.platform === "darwin" ? "librapidsnark.dylib" : "librapidsnark.so"

const TO = { ...EMPTY_ACCUMULATION }
const TERMS = { measure: METRICS.energy, isStrict: false, bounds: { lo: 0n, hi: 303n } }
const input = boundInput({ numerator: TO, denominator: TO }, TERMS)

describe("rapidsnark", () => {
  let folder = ""
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-rapidsnark-"))
  })
  after(() => rmSync(folder, { recursive: true }))

  it("is looked for in the folders of the PATH, its library before its program", () => {
    const [bin, lib, other] = ["bin", "lib", "other"].map((name) => join(folder, name)) as [string, string, string]
    for (const path of [bin, lib, other]) mkdirSync(path)
    const path = ["", other, bin].join(delimiter)
    assert.equal(findRapidsnark(path), null)
    const program = join(bin, "rapidsnark")
    writeFileSync(program, "")
    assert.equal(findRapidsnark(path), null, "a file that cannot be run is no program")
    chmodSync(program, 0o755)
    assert.equal(findRapidsnark(path), program)
    assert.equal(isLibrary(program), false)
    for (const place of [lib, other]) {
      writeFileSync(join(place, LIBRARY), "")
      assert.equal(findRapidsnark(path), join(place, LIBRARY))
    }
    assert.equal(isLibrary(join(other, LIBRARY)), true)
  })

  it("is refused with the reason where its library is none", async () => {
    const none = join(folder, LIBRARY)
    writeFileSync(none, "no library")
    const pool = createProverPool({ folder: KEYS, processes: 1, rapidsnark: none })
    await assert.rejects(pool.prove("bound", input), { message: /librapidsnark.*snarkjs proves/ })
    pool.close()
  })

  it("proves with keys that stay in memory, and refuses the witness of another circuit", async function () {
    const library = findRapidsnark()
    if (library === null || !isLibrary(library)) skip(this, `no ${LIBRARY} on the PATH; docs/claims.md`, "elsewhere")
    const pool = createProverPool({ folder: KEYS, processes: 1, rapidsnark: library })
    const key = readVerificationKey(KEYS, "bound")
    const first = await pool.prove("bound", input)
    const second = await pool.prove("bound", input)
    assert.notDeepEqual(first, second, "every proof is blinded anew")
    const publicSignals = boundPublic(input)
    checkProofs([first, second].map((proof, i) => ({ key, publicSignals, proof, label: `bound ${i}` })))
    const others = publicSignals.map((signal, i) => (i === 0 ? signal + 1n : signal))
    assert.throws(() => checkProofs([{ key, publicSignals: others, proof: first, label: "other" }]), {
      code: "CLAIM_PROOF_INVALID",
    })
    pool.close()
    const { loadRapidsnark } = await import("../../prover/src/proving/rapidsnark-library.ts")
    const proverOf = await loadRapidsnark(library)
    assert.throws(() => proverOf(new Uint8Array(100)), /rapidsnark answers/)
  })
})
