import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { bn254 } from "@noble/curves/bn254.js"
import {
  type Asked,
  type BoundTerms,
  boundInput,
  boundPublic,
  DEVELOPMENT_KEYS,
  EMPTY_ACCUMULATION,
  FIELD_ORDER,
  foldSegment,
  type Groth16Proof,
  type Hex,
  METRICS,
  type Opening,
  openPublic,
  openRun,
  type VerificationKey,
  verificationKeyDigest,
} from "@wattest/protocol"
import { CIRCUITS, createProverPool, readVerificationKey } from "@wattest/prover"
import { checkProofs, type ProofCase } from "@wattest/verifier"
import { weightsOf } from "../../../verifier/src/claims/proof/weights.ts"

const KEYS = "build/circuits"
const OPENING: Opening = {
  registers: [100n, 1n, 0n, 50n, 5n, 7n, 7n, 0n, 3n, 2n, 0n, 0n],
  times: [1_500n, 2_500n],
  marks: [1n, 2n, 0n, 1n, 4n, 0n],
  flags: new Array<bigint>(17).fill(0n),
  tags: [11n, 12n, 13n, 14n, 15n],
  rest: [16n, 17n, 18n, 19n, 20n],
}
const ASKED: Asked = {
  ...{ tags: [11n, 12n, 0n, 0n, 0n], boundary: 2n, limits: [1n, 4n, 0n], required: 0n, period: [1n, 3n] },
}
const atMost = (hi: bigint): BoundTerms => ({
  ...{ measure: METRICS["energy-per-work"], isStrict: true, bounds: { lo: 0n, hi } },
})

describe("Groth16 proofs, verified without the prover's software", () => {
  const pool = createProverPool({ folder: KEYS, rapidsnark: null })
  let cases: readonly [ProofCase, ProofCase]

  before(async () => {
    const { input, to } = openRun(OPENING, { asked: ASKED, from: EMPTY_ACCUMULATION, blindTo: 99n })
    const sides = { numerator: to, denominator: to }
    const bound = boundInput(sides, atMost(20_000n))
    const [openKey, boundKey] = [readVerificationKey(KEYS, "open"), readVerificationKey(KEYS, "bound")]
    const [openProof, boundProof] = await Promise.all([pool.prove("open", input), pool.prove("bound", bound)])
    cases = [
      { key: openKey, publicSignals: openPublic(input), proof: openProof, label: "open" },
      { key: boundKey, publicSignals: boundPublic(bound), proof: boundProof, label: "bound" },
    ]
  })
  after(() => pool.close())

  const refuse = (changed: readonly ProofCase[], detail?: RegExp) =>
    assert.throws(() => checkProofs(changed), { code: "CLAIM_PROOF_INVALID", ...(detail ? { detail } : {}) })
  const withProof = (change: Partial<Groth16Proof>): ProofCase => ({
    ...cases[0],
    proof: { ...cases[0].proof, ...change },
  })

  it("hold alone, together under two keys, and repeated", () => {
    checkProofs([])
    checkProofs([cases[0]])
    checkProofs(cases)
    checkProofs([...cases, ...cases, ...cases])
  })

  it("are refused with any public signal changed, swapped, missing, added or beyond the field's order", () => {
    const [open] = cases
    open.publicSignals.forEach((signal, at) => {
      const changed = (value: bigint) => ({ ...open, publicSignals: open.publicSignals.with(at, value) })
      refuse([changed((signal + 1n) % FIELD_ORDER)], /^open/)
      refuse([changed(signal + FIELD_ORDER)], /not below the field's order/)
    })
    const [first = 0n, second = 0n, ...rest] = open.publicSignals
    refuse([{ ...open, publicSignals: [second, first, ...rest] }])
    refuse([{ ...open, publicSignals: [second, ...rest] }])
    refuse([{ ...open, publicSignals: [...open.publicSignals, 0n] }])
  })

  it("are refused in a batch when one is bad, and the bad one is named", () => {
    const bad = { ...cases[1], publicSignals: cases[1].publicSignals.with(3, 1n), label: "the bad one" }
    for (let at = 0; at < 5; at++) refuse([...cases, ...cases].toSpliced(at, 0, bad), /^the bad one/)
    // More proofs than pairings that are computed together, the bad one in the last group
    const many = new Array<ProofCase>(66).fill(cases[1])
    checkProofs(many)
    refuse([...many, bad], /^the bad one/)
  })

  it("are refused when the proof of one is given for another, or two bad ones cancel out", () => {
    refuse([{ ...cases[0], proof: cases[1].proof }])
    const { a } = cases[0].proof
    const minusY = `0x${(bn254.fields.Fp.ORDER - BigInt(a[1] ?? "0")).toString(16).padStart(64, "0")}` as const
    const negated = withProof({ a: [a[0] ?? "0x", minusY] })
    refuse([negated])
    refuse([negated, cases[0]])
  })

  it("are refused when errors cancel out under the weights that the proofs had before them", () => {
    const { Fp } = bn254.fields
    const [first] = cases
    const weights = weightsOf([first, first])
    const [weight, other] = [weights[0] ?? 0n, weights[1] ?? 0n]
    const hex = (value: bigint): Hex => `0x${Fp.create(value).toString(16).padStart(64, "0")}`
    // C of the first grows by the second's weight and C of the second shrinks by the first's: their weighted sum stays.
    const [x = "0x", y = "0x"] = first.proof.c
    const c = bn254.G1.Point.fromAffine({ x: BigInt(x), y: BigInt(y) })
    const moved = (by: bigint): ProofCase => {
      const point = c.add(bn254.G1.Point.BASE.multiply(by)).toAffine()
      return withProof({ c: [hex(point.x), hex(point.y)] })
    }
    refuse([moved(other), moved(FIELD_ORDER - weight)])
    const shifted = (by: bigint): ProofCase => {
      const signal = ((first.publicSignals[1] ?? 0n) + by) % FIELD_ORDER
      return { ...first, publicSignals: first.publicSignals.with(1, signal) }
    }
    refuse([shifted(other), shifted(FIELD_ORDER - weight)])
  })

  it("are weighed by all that is verified: each weight changes with any key, signals or proof of any of them", () => {
    const [first, second] = cases
    const before = weightsOf(cases)
    for (const part of ["key", "publicSignals", "proof"] as const)
      for (const changed of [
        [{ ...first, [part]: second[part] }, second],
        [first, { ...second, [part]: first[part] }],
      ])
        for (const [i, weight] of weightsOf(changed as ProofCase[]).entries()) assert.notEqual(weight, before[i], part)
    assert.notDeepEqual(weightsOf([second, first]), before)
  })

  it("are weighed by 128 bits each, and no two alike", () => {
    const weights = weightsOf(new Array<ProofCase>(64).fill(cases[0]))
    assert.equal(new Set(weights).size, weights.length)
    assert.equal(
      weights.reduce((all, weight) => all | weight),
      2n ** 128n - 1n,
    )
  })

  it("are refused with points at infinity, off the curve, or beyond the base field's order", () => {
    const zero = `0x${"00".repeat(32)}` as const
    const one = `0x${"00".repeat(31)}01` as const
    const [x = "0x", y = "0x"] = cases[0].proof.a
    const wide = `0x${(BigInt(x) + bn254.fields.Fp.ORDER).toString(16).padStart(64, "0")}` as const
    for (const point of [
      [zero, zero],
      [one, one],
      [wide, y],
    ] as const) {
      refuse([withProof({ a: point })], /A is no point/)
      refuse([withProof({ c: point })], /C is no point/)
    }
    refuse(
      [
        withProof({
          b: [
            [zero, zero],
            [zero, zero],
          ],
        }),
      ],
      /B is no point/,
    )
  })

  it("are refused with a point on the twist outside its group of prime order", () => {
    const { Fp2 } = bn254.fields
    const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]))
    for (let x = 1n; ; x++) {
      const at = Fp2.fromBigTuple([x, 0n])
      const square = Fp2.add(Fp2.mul(Fp2.sqr(at), at), b)
      let root: ReturnType<typeof Fp2.sqrt>
      try {
        root = Fp2.sqrt(square)
      } catch {
        continue
      }
      const point = bn254.G2.Point.fromAffine({ x: at, y: root })
      if (point.isTorsionFree()) continue
      const hex = (value: bigint) => `0x${value.toString(16).padStart(64, "0")}` as const
      const { c0, c1 } = root
      refuse(
        [
          withProof({
            b: [
              [hex(x), hex(0n)],
              [hex(c0), hex(c1)],
            ],
          }),
        ],
        /B is no point/,
      )
      return
    }
  })

  it("do not exist where the circuit has no witness", async () => {
    const { to } = openRun(OPENING, { asked: ASKED, from: EMPTY_ACCUMULATION, blindTo: 1n })
    const sides = { numerator: to, denominator: to }
    await assert.rejects(pool.prove("bound", boundInput(sides, atMost(1n))), {
      code: "PROOF_IMPOSSIBLE",
    })
    const none = { ...to, totals: to.totals.with(5, 0n) }
    const zero = boundInput({ numerator: none, denominator: none }, atMost(2n ** 63n))
    await assert.rejects(pool.prove("bound", zero), { code: "PROOF_IMPOSSIBLE" })
    const graded = { ...ASKED, limits: [0n, 4n, 0n] }
    const { input } = foldSegment({ head: 0n, accumulation: EMPTY_ACCUMULATION }, [{ opening: OPENING }], {
      asked: graded,
      blindTo: 1n,
    })
    await assert.rejects(pool.prove("fold", input), { code: "PROOF_IMPOSSIBLE" })
  })

  it("have development keys that are named as such, whatever keys the repository publishes", async () => {
    for (const circuit of CIRCUITS) {
      const key: VerificationKey = readVerificationKey(KEYS, circuit)
      assert.equal(verificationKeyDigest(key), DEVELOPMENT_KEYS[circuit])
    }
    assert.equal(JSON.parse(readFileSync(`${KEYS}/manifest.json`, "utf8")).kind, "development")
  })
})
