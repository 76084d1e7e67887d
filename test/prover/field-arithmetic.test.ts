/// <reference path="../../prover/src/ffjavascript.d.ts" />
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { buildBn128, type ModuleBuilder } from "ffjavascript"
import type { Curve } from "snarkjs"
import { replaceFieldArithmetic } from "../../prover/src/proving/field-arithmetic.ts"

const WORD = 32
const [X, Y, R] = [0, 1, 2]
/** 32 bytes, least significant first. */
const bytesOf = (value: bigint) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse())
const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`)
/** 2^-256 modulo an odd q: each of 256 halvings keeps it whole. */
const outOfMontgomery = (q: bigint) =>
  Array.from({ length: 256 }).reduce<bigint>((value) => (value % 2n === 0n ? value : value + q) / 2n, 1n)

describe("arithmetic of the curve's fields", () => {
  let curve: Curve
  let fields: ModuleBuilder["modules"]
  before(async () => {
    curve = await buildBn128(true, (module) => {
      replaceFieldArithmetic(module)
      fields = module.modules
      const { functions, functionIdxByName: index } = module
      for (const name of ["f1m_add", "f1m_sub", "f1m_mul", "frm_add", "frm_sub", "frm_mul"])
        assert.equal(functions[index[name] ?? -1], functions[index[name.replace("_", "_our_")] ?? -2], name)
    })
  })

  /** What a function leaves at its last place; places 0, 1 and 2 hold x, y and zero. */
  async function call(fnName: string, [x, y]: readonly [bigint, bigint], places: readonly number[]): Promise<bigint> {
    const [result] = await curve.tm.queueAction([
      ...[x, y, 0n].map((value, slot) => ({ cmd: "ALLOCSET", var: slot, buff: bytesOf(value) })),
      { cmd: "CALL", fnName, params: places.map((slot) => ({ var: slot })) },
      { cmd: "GET", out: 0, var: places.at(-1), len: WORD },
    ])
    return numberOf(result ?? new Uint8Array())
  }

  for (const field of ["f1m", "frm"] as const)
    it(`${field}: sums, differences and products are those of integers, also where a result takes an operand's place`, async () => {
      const { q } = fields[field]
      const unit = outOfMontgomery(q)
      const any = () => BigInt(`0x${randomBytes(40).toString("hex")}`) % q
      const ends = [
        0n,
        1n,
        2n,
        q - 1n,
        q - 2n,
        q / 2n,
        q / 2n + 1n,
        2n ** 256n % q,
        2n ** 253n,
        2n ** 253n - 1n,
        2n ** 192n - 1n,
        2n ** 29n - 1n,
      ]
      const pairs = [
        ...ends.flatMap((x) => ends.map((y) => [x, y] as const)),
        ...Array.from({ length: 40 }, () => [any(), any()] as const),
      ]
      for (const [x, y] of pairs) {
        const wanted = { add: (x + y) % q, sub: (x - y + q) % q, mul: (x * y * unit) % q }
        for (const [name, value] of Object.entries(wanted))
          for (const places of [
            [X, Y, R],
            [X, Y, X],
            [X, Y, Y],
          ])
            assert.equal(await call(`${field}_${name}`, [x, y], places), value, `${x} ${name} ${y} into ${places[2]}`)
        assert.equal(await call(`${field}_mul`, [x, y], [X, X, X]), (x * x * unit) % q)
      }
      // The library brings bytes into the field by a product: one operand may be any.
      for (const x of [q, q + 1n, 2n ** 256n - 1n])
        for (const y of ends)
          assert.equal(await call(`${field}_mul`, [x, y], [X, Y, R]), (x * y * unit) % q, `${x} mul ${y}`)
    })

  it("is not put into a library that has other functions", async () => {
    const build = buildBn128(true, (module) => replaceFieldArithmetic({ ...module, functionIdxByName: {} }))
    await assert.rejects(build, /ffjavascript has no f1m_add: it is another version/)
  })
})
