import assert from "node:assert/strict"
import { createPublicKey, randomBytes, randomInt, verify } from "node:crypto"
import { readFileSync } from "node:fs"
import { type Chain, createChain } from "@wattest/testkit/contracts/chain"
import { flipBit, p256Device } from "@wattest/testkit/contracts/device"
import { poseidon2 } from "poseidon-lite"
import { bytesToBigInt, bytesToHex, concat, type Hex, hexToBytes, slice, toHex } from "viem"
import { generated } from "../../scripts/generate/index.ts"

const P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n
/** Order of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const DEEP = process.env.WATTEST_DEPTH === "deep"
const word = (n: bigint): Hex => toHex(n, { size: 32 })

describe("arithmetic on chain", () => {
  let chain: Chain
  let meter: Awaited<ReturnType<typeof deployMeter>>
  const deployMeter = () => chain.viem.deployContract("Meter", [...chain.arithmetic])
  before(async () => {
    chain = await createChain()
    meter = await deployMeter()
  })

  it("is what its generators write", () => {
    for (const [path, text] of Object.entries(generated())) assert.equal(readFileSync(path, "utf8"), text, path)
  })

  it("fits into contracts of 24,576 bytes (EIP-170)", async () => {
    for (const address of [...chain.arithmetic, chain.registry.address]) {
      const code = await chain.client.getCode({ address })
      assert.ok(code && code.length > 2 && code.length / 2 - 1 <= 24_576, `${address}: ${code?.length}`)
    }
  })

  describe("Poseidon of two inputs", () => {
    /** Folds of 100 are 100 hashes with unforeseeable left inputs. */
    it("equals circomlib's on 10,000 random inputs", async () => {
      for (let i = 0; i < (DEEP ? 1000 : 100); i++) {
        const roots = Array.from({ length: 100 }, () => bytesToBigInt(randomBytes(32)) % P)
        let head = bytesToBigInt(randomBytes(32)) % P
        const [heads] = await meter.read.fold([word(head), roots.map(word)])
        roots.forEach((root, n) => {
          head = poseidon2([head, root])
          assert.equal(heads[n], word(head))
        })
      }
    }).timeout(300_000)
    it("equals circomlib's at the ends of the field", async () => {
      for (const a of [0n, 1n, P - 1n])
        for (const b of [0n, 1n, P - 1n]) {
          const [heads] = await meter.read.fold([word(a), [word(b)]])
          assert.deepEqual(heads, [word(poseidon2([a, b]))])
        }
    })
    it("refuses inputs outside the field, wherever they stand", async () => {
      const poseidon = await chain.viem.getContractAt("PoseidonT3", chain.arithmetic[2])
      for (const value of [P, P + 1n, 2n ** 256n - 1n])
        for (const call of [
          poseidon.read.fold([word(value), [word(1n)]]),
          poseidon.read.fold([word(1n), [word(value), word(2n)]]),
          poseidon.read.fold([word(1n), [word(2n), word(value)]]),
        ])
          await chain.viem.assertions.revertWithCustomErrorWithArgs(call as never, poseidon, "NotInField", [value])
    })
  })

  describe("P-256", () => {
    const nodeAccepts = (key: Hex, message: Hex, signature: Hex): boolean => {
      const prefix = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex")
      const spki = Buffer.concat([prefix, hexToBytes(key)])
      const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" })
      return verify("sha256", hexToBytes(message), { key: publicKey, dsaEncoding: "ieee-p1363" }, hexToBytes(signature))
    }
    const accepts = async (key: Hex, message: Hex, signature: Hex): Promise<boolean> => {
      const [r, s, x, y] = [slice(signature, 0, 32), slice(signature, 32), slice(key, 0, 32), slice(key, 32)]
      return (await meter.read.p256([message, r, s, x, y]))[0]
    }
    const scalars = (signature: Hex) => [BigInt(slice(signature, 0, 32)), BigInt(slice(signature, 32))] as const

    it("follows EIP-7951 at the edges", async () => {
      const device = p256Device()
      const message = bytesToHex(randomBytes(32))
      const signature = device.sign(message)
      const [r, s] = scalars(signature)
      const cases: [name: string, r: bigint, s: bigint, valid: boolean][] = [
        ["as signed", r, s, true],
        ["the other s, high or low", r, N - s, true],
        ["r = 0", 0n, s, false],
        ["s = 0", r, 0n, false],
        ["r = n", N, s, false],
        ["s = n", r, N, false],
        ["both 0", 0n, 0n, false],
        ["n - r", N - r, s, false],
        ["all ones", 2n ** 256n - 1n, 2n ** 256n - 1n, false],
      ]
      for (const [name, first, second, valid] of cases) {
        const both = concat([word(first), word(second)])
        assert.equal(await accepts(device.key, message, both), valid, name)
        assert.equal(nodeAccepts(device.key, message, both), valid, `node:crypto: ${name}`)
      }
      assert.equal(await accepts(flipBit(device.key, 511), message, signature), false, "point off the curve")
      assert.equal(await accepts(`0x${"00".repeat(64)}`, message, signature), false, "point at infinity")
    })

    it("knows its curve", async () => {
      const { key } = p256Device()
      const [x, y] = [slice(key, 0, 32), slice(key, 32)]
      const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
      assert.equal(await meter.read.isOnCurve([x, y]), true)
      assert.equal(await meter.read.isOnCurve([x, word(prime - BigInt(y))]), true)
      assert.equal(await meter.read.isOnCurve([y, x]), false)
      assert.equal(await meter.read.isOnCurve([word(0n), word(0n)]), false)
      assert.equal(await meter.read.isOnCurve([x, word(prime)]), false)
    })

    const changes: ((signature: Hex) => Hex)[] = [
      (signature) => signature,
      (signature) => flipBit(signature, randomInt(256)),
      (signature) => flipBit(signature, 256 + randomInt(256)),
      (signature) => concat([slice(signature, 0, 32), word(N - scalars(signature)[1])]),
      (signature) => concat([word((scalars(signature)[0] + N) % 2n ** 256n), slice(signature, 32)]),
    ]
    const count = DEEP ? 20_000 : 2_000
    it(`agrees with node:crypto on ${count} random cases`, async () => {
      const devices = Array.from({ length: 20 }, p256Device)
      let valid = 0
      for (let i = 0; i < count; i++) {
        const device = devices[i % devices.length] ?? p256Device()
        const message = bytesToHex(randomBytes(32))
        const signature = (changes[randomInt(changes.length)] ?? String)(device.sign(message)) as Hex
        const signed = randomInt(8) === 0 ? flipBit(message, randomInt(256)) : message
        const expected = nodeAccepts(device.key, signed, signature)
        assert.equal(await accepts(device.key, signed, signature), expected, `${device.key} ${signed} ${signature}`)
        if (expected) valid++
      }
      assert.ok(valid > count / 10 && valid < count / 2, `${valid} valid cases`)
    }).timeout(300_000)
  })
})
