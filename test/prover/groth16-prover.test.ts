/// <reference path="../../prover/src/snarkjs.d.ts" />
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { boundInput, boundPublic, EMPTY_ACCUMULATION, METRICS } from "@wattest/protocol"
import { KEYS } from "@wattest/testkit/ledger/world"
import { type Curve, curves, groth16, type VerificationKey, wtns } from "snarkjs"
import { createGroth16Prover, createProvingCurve } from "../../prover/src/proving/groth16-prover.ts"

const TO = { ...EMPTY_ACCUMULATION }
const input = boundInput(
  { numerator: TO, denominator: TO },
  { measure: METRICS.energy, isStrict: false, bounds: { lo: 0n, hi: 303n } },
)
const read = (name: string) => readFileSync(join(KEYS, name))
const zkey = read("bound.zkey")
const vkey = JSON.parse(read("bound.vkey.json").toString()) as VerificationKey

describe("the Groth16 prover", () => {
  let curve: Curve
  let witness: Uint8Array
  before(async () => {
    curve = await createProvingCurve(true)
    const file: { readonly type: "mem"; data?: Uint8Array } = { type: "mem" }
    await wtns.calculate(input, read("bound.wasm"), file)
    witness = file.data ?? new Uint8Array()
  })

  it("makes what snarkjs verifies, for its public signals alone", async () => {
    const proof = await createGroth16Prover(curve, zkey)(witness)
    const signals = boundPublic(input).map(String)
    assert.equal(await groth16.verify(vkey, signals, proof), true)
    assert.equal(await groth16.verify(vkey, [...signals.slice(0, -1), "1"], proof), false)
  })

  it("makes what snarkjs verifies on many threads too", async () => {
    const own = await curves.getCurveFromName("bn128", { singleThread: false })
    await assert.rejects(createProvingCurve(false), /snarkjs' own curve/)
    await own.terminate()
    const many = await createProvingCurve(false)
    const proof = await createGroth16Prover(many, zkey)(witness)
    await many.terminate()
    assert.equal(await groth16.verify(vkey, boundPublic(input).map(String), proof), true)
  })

  it("blinds every proof by two fresh scalars of the system's randomness", async () => {
    const prove = createGroth16Prover(curve, zkey)
    const [one, two] = [await prove(witness), await prove(witness)]
    for (const part of ["pi_a", "pi_b", "pi_c"] as const) assert.notDeepEqual(one[part], two[part], part)
    const source = readFileSync("prover/src/proving/groth16-prover.ts", "utf8")
    assert.match(source, /const \[r, s\] = \[Fr\.e\(freshBlind\(\)\), Fr\.e\(freshBlind\(\)\)\]/)
    const blind = readFileSync("prover/src/fresh-blind.ts", "utf8")
    assert.match(blind, /import \{ randomBytes \} from "node:crypto"/)
    assert.match(blind, /return bytesToBigInt\(randomBytes\(48\)\) % FIELD_ORDER/)
  })

  it("makes nothing that verifies of values that break a constraint", async () => {
    const broken = Uint8Array.from(witness)
    const at = broken.length - 32
    broken[at] = (broken[at] ?? 0) ^ 1
    const proof = await createGroth16Prover(curve, zkey)(broken)
    assert.equal(await groth16.verify(vkey, boundPublic(input).map(String), proof), false)
  })

  it("refuses a witness of another length, and keys that are cut off or none", async () => {
    const prove = createGroth16Prover(curve, zkey)
    for (const other of [witness.subarray(0, -32), new Uint8Array(0), Uint8Array.from([...witness, 0])])
      await assert.rejects(prove(other), /a witness of another circuit/)
    assert.throws(() => createGroth16Prover(curve, zkey.subarray(0, -1)), /cut off/)
    assert.throws(() => createGroth16Prover(curve, zkey.subarray(0, 200)), /cut off|without its section/)
    assert.throws(() => createGroth16Prover(curve, witness), /no proving key/)
    for (const [at, value, why] of [
      [8, 17, /no proving key/],
      [24, 2, /not Groth16's/],
      [12, 11, /without its section 1/],
    ] as const) {
      const other = Buffer.from(zkey)
      other.writeUInt32LE(value, at)
      assert.throws(() => createGroth16Prover(curve, other), why)
    }
  })
})
