import assert from "node:assert/strict"
import { createHash, createPublicKey, randomBytes, randomInt, verify } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { ed25519 } from "@noble/curves/ed25519.js"
import { portableSignatures } from "@wattest/protocol/portable"
import { type Chain, createChain } from "@wattest/testkit/contracts/chain"
import { ed25519Device, flipBit } from "@wattest/testkit/contracts/device"
import { skip } from "@wattest/testkit/skip"
import {
  type Address,
  bytesToHex,
  concat,
  encodeFunctionData,
  type Hex,
  hexToBytes,
  parseAbi,
  size,
  slice,
  toHex,
  zeroAddress,
} from "viem"

type Vector = { comment: string; key: string; message: string; signature: string; expect: "valid" | "invalid" | "key" }
type WycheproofGroup = {
  publicKey: { pk: string }
  tests: { tcId: number; comment: string; msg: string; sig: string; result: "valid" | "invalid" }[]
}

const WYCHEPROOF = "../shared/vectors/wycheproof_ed25519_test.json"
const CASES = process.env.WATTEST_DEPTH === "deep" ? 20_000 : 2_000
const L = ed25519.Point.Fn.ORDER

const nodeAccepts = (key: Hex, message: Hex, signature: Hex): boolean => {
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), hexToBytes(key)])
  const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" })
  return verify(null, hexToBytes(message), publicKey, hexToBytes(signature))
}

/** The rule in TypeScript; a refused key is an answer too. */
function portableAnswer(key: Hex, message: Hex, signature: Hex): Vector["expect"] {
  try {
    const check = portableSignatures({ scheme: 1, key })
    return check(hexToBytes(signature), hexToBytes(message)) ? "valid" : "invalid"
  } catch {
    return "key"
  }
}

const littleEndian = (n: bigint): Hex => bytesToHex(Buffer.from(n.toString(16).padStart(64, "0"), "hex").reverse())

describe("Ed25519 on chain", () => {
  let chain: Chain
  let harness: Awaited<ReturnType<typeof deploy>>
  const tables = new Map<Hex, Address>()
  const deploy = async () => ({
    general: await chain.viem.getContractAt(
      "Ed25519HarnessCode",
      (await chain.viem.deployContract("Ed25519Harness")).address,
    ),
    meter: await chain.viem.deployContract("Meter", [...chain.arithmetic]),
  })
  before(async () => {
    chain = await createChain()
    harness = await deploy()
  })

  async function tableOf(key: Hex): Promise<Address> {
    const known = tables.get(key)
    if (known) return known
    const { result } = await harness.meter.simulate.create([key])
    if (result[0] !== zeroAddress) await harness.meter.write.create([key])
    tables.set(key, result[0])
    return result[0]
  }

  async function answer(key: Hex, message: Hex, signature: Hex): Promise<Vector["expect"]> {
    if (size(signature) !== 64) return "invalid"
    const table = await tableOf(key)
    if (table === zeroAddress) return "key"
    const [r, s] = [slice(signature, 0, 32), slice(signature, 32)]
    const valid = await harness.general.read.verifyMessage([table, key, message, r, s])
    if (size(message) === 32) assert.equal((await harness.meter.read.ed25519([table, key, message, r, s]))[0], valid)
    return valid ? "valid" : "invalid"
  }

  it("hashes messages of every length around a block like node:crypto", async () => {
    for (const length of [0, 1, 95, 96, 97, 111, 112, 113, 127, 128, 129, 239, 240, 256]) {
      const message = randomBytes(length)
      const halves = await harness.general.read.sha512([bytesToHex(message)])
      assert.equal(concat(halves), bytesToHex(createHash("sha512").update(message).digest()), `length ${length}`)
    }
  })

  it("answers like the rule on the project's vectors, on chain and in TypeScript", async () => {
    const vectors: Vector[] = JSON.parse(readFileSync("test/vectors/ed25519.json", "utf8"))
    assert.deepEqual(new Set(vectors.map(({ expect }) => expect)), new Set(["valid", "invalid", "key"]))
    for (const { comment, key, message, signature, expect } of vectors) {
      const fields = [`0x${key}`, `0x${message}`, `0x${signature}`] as const
      assert.equal(await answer(...fields), expect, `on chain: ${comment}`)
      assert.equal(portableAnswer(...fields), expect, `in TypeScript: ${comment}`)
    }
  })

  it("answers like Wycheproof, on chain and in TypeScript", async function () {
    if (!existsSync(WYCHEPROOF)) return skip(this, `${WYCHEPROOF} is absent`)
    const groups: WycheproofGroup[] = JSON.parse(readFileSync(WYCHEPROOF, "utf8")).testGroups
    let count = 0
    for (const { publicKey, tests } of groups)
      for (const { tcId, msg, sig, result } of tests) {
        const fields = [`0x${publicKey.pk}`, `0x${msg}`, `0x${sig}`] as const
        assert.equal(await answer(...fields), result, `on chain: case ${tcId}`)
        assert.equal(portableAnswer(...fields), result, `in TypeScript: case ${tcId}`)
        count++
      }
    assert.equal(count, 151)
  })

  const torsion = ed25519.Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
  /** Each makes another signature of a valid one; which of them stay valid is node:crypto's to say. */
  const changes: ((signature: Hex) => Hex)[] = [
    (signature) => signature,
    (signature) => flipBit(signature, randomInt(256)),
    (signature) => flipBit(signature, 256 + randomInt(256)),
    (signature) => flipBit(signature, 255),
    (signature) => {
      const scalar = BigInt(bytesToHex(hexToBytes(slice(signature, 32)).reverse()))
      return concat([slice(signature, 0, 32), littleEndian(scalar + L)])
    },
    (signature) => {
      const point = ed25519.Point.fromHex(slice(signature, 0, 32).slice(2)).add(torsion)
      return concat([bytesToHex(point.toBytes()), slice(signature, 32)])
    },
  ]

  it(`agrees with node:crypto on ${CASES} random cases`, async () => {
    const devices = Array.from({ length: 10 }, () => ed25519Device())
    let valid = 0
    for (let i = 0; i < CASES; i++) {
      const device = devices[i % devices.length] ?? ed25519Device()
      const message = bytesToHex(randomBytes(32))
      const signature = (changes[randomInt(changes.length)] ?? String)(device.sign(message)) as Hex
      const signed = randomInt(8) === 0 ? flipBit(message, randomInt(256)) : message
      const expected = nodeAccepts(device.key, signed, signature)
      const [r, s] = [slice(signature, 0, 32), slice(signature, 32)]
      const fields = [await tableOf(device.key), device.key, signed, r, s] as const
      assert.equal((await harness.meter.read.ed25519(fields))[0], expected, `${fields.join(" ")}`)
      if (expected) valid++
    }
    assert.ok(valid > CASES / 20 && valid < CASES / 2, `${valid} valid cases`)
  }).timeout(300_000)

  it("holds for every k and S around those whose digits take 253 bits, and for no other R", async () => {
    const { key } = ed25519Device()
    const table = await tableOf(key)
    const { BASE } = ed25519.Point
    const negated = ed25519.Point.fromHex(key.slice(2)).negate()
    const last = L - 2n ** 252n - 1n
    const numbers = [0n, 1n, 2n, last - 1n, last, last + 1n, last + 2n]
    numbers.push(...[-2n, -1n, 0n, 1n, 2n, 3n].map((n) => 2n ** 252n + n), L - 3n, L - 2n, L - 1n)
    for (const k of numbers)
      for (const s of numbers) {
        const point = BASE.multiplyUnsafe(s).add(negated.multiplyUnsafe(k))
        const r = bytesToHex(point.toBytes())
        const asked = (scalar: bigint, encoded: Hex) =>
          harness.general.read.verifyChallenge([table, k, encoded, littleEndian(scalar)])
        assert.equal(await asked(s, r), true, `k ${k}, S ${s}`)
        assert.equal(await asked(s, flipBit(r, randomInt(256))), false, `k ${k}, S ${s}, another R`)
        if (s < 2n) assert.equal(await asked(s + L, r), false, `k ${k}, S ${s} + L`)
      }
  }).timeout(120_000)

  it("stores a table that is the comb of -A", async () => {
    const { key } = ed25519Device()
    const code = await chain.client.getCode({ address: await tableOf(key) })
    assert.ok(code)
    assert.equal(size(code), 1 + 64 * 32)
    assert.equal(slice(code, 0, 1), "0x00")
    const { Point } = ed25519
    const negated = Point.fromHex(key.slice(2)).negate()
    for (const index of [0, 1, 31, 32, 42, 63]) {
      let entry = Point.ZERO
      for (let tooth = 0; tooth < 6; tooth++) {
        const step = negated.multiplyUnsafe((1n << BigInt(42 * tooth)) % L)
        entry = (index >> tooth) & 1 ? entry.add(step) : entry.subtract(step)
      }
      const { x, y } = entry.toAffine()
      const half = Point.Fp.div(Point.Fp.sub(y, x), 2n)
      assert.equal(BigInt(slice(code, 1 + 32 * index, 33 + 32 * index)), half, `entry ${index}`)
    }
  })

  it("has the comb of B behind its code, and reads all of it", async () => {
    const code = await chain.client.getCode({ address: chain.arithmetic[0] })
    assert.ok(code)
    const table = slice(code, size(code) - 128 * 64)
    const { Point } = ed25519
    const teeth = Array.from({ length: 7 }, (_, tooth) => Point.BASE.multiply((1n << BigInt(36 * tooth)) % L))
    for (let index = 0; index < 128; index++) {
      const entry = teeth.reduce((sum, step, i) => ((index >> i) & 1 ? sum.add(step) : sum.subtract(step)), Point.ZERO)
      const { x, y } = entry.toAffine()
      const { Fp } = Point
      const numbers = [Fp.div(Fp.sub(y, x), 2n), Fp.mul(ed25519.Point.CURVE().d, Fp.mul(x, y))]
      const words = [slice(table, 64 * index, 64 * index + 32), slice(table, 64 * index + 32, 64 * index + 64)]
      assert.deepEqual(words.map(BigInt), numbers, `entry ${index}`)
    }
  })

  it("reverts on what is no call of `verify`", async () => {
    const device = ed25519Device()
    const message = bytesToHex(randomBytes(32))
    const signature = device.sign(message)
    const fields = [
      await tableOf(device.key),
      device.key,
      message,
      slice(signature, 0, 32),
      slice(signature, 32),
    ] as const
    const abi = parseAbi(["function verify(address, bytes32, bytes32, bytes32, bytes32) view returns (bool)"])
    const right = encodeFunctionData({ abi, args: fields })
    const call = (data: Hex, value = 0n) => chain.client.call({ to: chain.arithmetic[0], data, value })
    assert.equal((await call(right)).data, toHex(1n, { size: 32 }))
    const wrong: Hex[] = [
      flipBit(right, 0),
      flipBit(right, 31),
      flipBit(right, 32),
      slice(right, 0, 163),
      slice(right, 0, 4),
      "0x",
    ]
    for (const data of wrong) await assert.rejects(call(data), /revert/, data)
    await assert.rejects(call(flipBit(right, 120)), /revert/, "an address of 161 bits")
    await assert.rejects(call(right, 1n), /revert/, "ether")
  })
})
