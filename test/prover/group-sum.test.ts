/// <reference path="../../prover/src/snarkjs.d.ts" />
import assert from "node:assert/strict"
import { randomBytes, randomInt } from "node:crypto"
import { FIELD_ORDER } from "@wattest/protocol"
import { type Curve, curves } from "snarkjs"
import { SCALAR_BYTES } from "../../prover/src/proving/bucket-sums.ts"
import { createProvingCurve } from "../../prover/src/proving/groth16-prover.ts"
import { groupSum, windowBits, withOffset } from "../../prover/src/proving/group-sum.ts"

const WORD = 32
/** 32 bytes, least significant first. */
const bytesOf = (value: bigint) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse())
const any = () => BigInt(`0x${randomBytes(40).toString("hex")}`) % FIELD_ORDER
const identity = (count: number) => Uint32Array.from({ length: count }, (_, i) => i)

describe("sums over a group of the curve", () => {
  for (const threads of ["one thread", "a thread for each core"] as const)
    describe(threads, () => {
      let curve: Curve
      before(async () => {
        // The process has one curve of many threads, and another suite may have left snarkjs' own.
        if (threads !== "one thread")
          await (await curves.getCurveFromName("bn128", { singleThread: false })).terminate()
        curve = await createProvingCurve(threads === "one thread")
      })
      after(() => curve.terminate())

      for (const name of ["G1", "G2"] as const) {
        const size = name === "G1" ? 64 : 128
        /** Multiples of the generator, by their factors. */
        const pointsOf = (factors: readonly bigint[]) => {
          const group = curve[name]
          return Buffer.concat(factors.map((factor) => group.toAffine(group.timesFr(group.g, curve.Fr.e(factor)))))
        }
        const shown = (point: Uint8Array) => curve[name].toObject(curve[name].toAffine(point))
        /** Ours, the library's, and one product by the factors' own sum are the same point. */
        async function check(factors: readonly bigint[], scalars: readonly bigint[]): Promise<void> {
          const points = Uint8Array.from(pointsOf(factors))
          const values = Uint8Array.from(Buffer.concat(scalars.map(bytesOf)))
          const ours = await groupSum(curve, name, { points, scalars: values, wires: identity(factors.length) })
          const total = factors.reduce((sum, factor, i) => (sum + factor * (scalars[i] ?? 0n)) % FIELD_ORDER, 0n)
          assert.deepEqual(shown(ours), shown(Uint8Array.from(pointsOf([total]))))
          assert.deepEqual(shown(ours), shown(await curve[name].multiExpAffine(points, values)))
        }

        it(`${name}: random points and scalars, of any number`, async () => {
          for (const count of [1, 2, 3, 17, 400])
            await check(Array.from({ length: count }, any), Array.from({ length: count }, any))
        })

        it(`${name}: scalars at the ends of their range`, async () => {
          const ends = [
            0n,
            1n,
            2n,
            FIELD_ORDER - 1n,
            FIELD_ORDER - 2n,
            (FIELD_ORDER - 1n) / 2n,
            2n ** 253n,
            2n ** 253n - 1n,
          ]
          for (const scalar of ends) await check([5n], [scalar])
          await check(ends.map(any), ends)
        })

        it(`${name}: points that are the same, or each other's opposite, and so fall into one bucket`, async () => {
          const scalar = any()
          const point = any()
          const opposite = FIELD_ORDER - point
          const cases = [
            [point, point],
            [point, opposite],
            [point, point, point, opposite],
            [point, opposite, opposite],
          ]
          for (const factors of cases)
            await check(
              factors,
              factors.map(() => scalar),
            )
          // A pair that vanishes beside one that does not, on either side.
          for (const factors of [
            [point, opposite, 7n, 7n],
            [7n, 9n, point, opposite],
            [point, opposite, point, opposite, 3n],
          ])
            await check(
              factors,
              factors.map(() => scalar),
            )
          const many = Array.from({ length: 100 }, () => [3n, FIELD_ORDER - 3n, 4n][randomInt(3)] ?? 3n)
          await check(
            many,
            many.map(() => BigInt(randomInt(3))),
          )
        })

        it(`${name}: scalars are found by their wires, and nothing sums to zero`, async () => {
          const scalars = Uint8Array.from(Buffer.concat([3n, 4n, 5n].map(bytesOf)))
          const points = Uint8Array.from(pointsOf([10n, 100n]))
          const sum = await groupSum(curve, name, { points, scalars, wires: Uint32Array.from([2, 0]) })
          assert.deepEqual(shown(sum), shown(Uint8Array.from(pointsOf([350n]))))
          const none = await groupSum(curve, name, { points: new Uint8Array(0), scalars, wires: identity(0) })
          assert.deepEqual(none, curve[name].zero)
          const zeros = { points, scalars: new Uint8Array(2 * WORD), wires: identity(2) }
          assert.ok(curve[name].isZero(await groupSum(curve, name, zeros)))
          assert.equal(points.length, 2 * size)
        })
      }
    })

  it("takes signed digits, whatever the width of a window, that make up the scalar again", () => {
    const scalars = [0n, 1n, FIELD_ORDER - 1n, ...Array.from({ length: 20 }, any)]
    const bytes = Uint8Array.from(Buffer.concat(scalars.map(bytesOf)))
    for (let bits = 3; bits <= 16; bits++) {
      const shifted = withOffset(bytes, identity(scalars.length), bits)
      scalars.forEach((scalar, i) => {
        const own = shifted.subarray(i * SCALAR_BYTES, (i + 1) * SCALAR_BYTES)
        const value = own.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
        const half = 1n << BigInt(bits - 1)
        let again = 0n
        for (let window = 0; window < Math.ceil(255 / bits); window++) {
          const digit = ((value >> BigInt(window * bits)) & (2n * half - 1n)) - half
          again += digit << BigInt(window * bits)
        }
        assert.equal(again, scalar, `${bits} bits`)
      })
    }
  })

  it("takes wider windows for more points", () => {
    assert.deepEqual([0, 1, 100, 4096, 131_072, 10 ** 9].map(windowBits), [3, 3, 5, 8, 13, 16])
  })
})
