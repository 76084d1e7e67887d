import assert from "node:assert/strict"
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { ed25519 } from "@noble/curves/ed25519.js"
import { p256 } from "@noble/curves/nist.js"
import {
  bigIntToBytes,
  bytesToBigInt,
  type DeviceKey,
  type Hex,
  Rejection,
  SCHEMES,
  type SignatureChecker,
  toHex,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { portableSignatures } from "@wattest/protocol/portable"
import { skip } from "@wattest/testkit/skip"

const L = ed25519.Point.Fn.ORDER
const implementations: Record<string, SignatureChecker> = {
  portable: portableSignatures,
  "node:crypto": nodeSignatures,
}

/** What both implementations say; they must agree. A refused key refuses every signature. */
function verdict(device: DeviceKey, signature: Uint8Array, message: Uint8Array): boolean {
  const answers = Object.values(implementations).map((checker) => {
    try {
      return checker(device)(signature, message)
    } catch (error) {
      assert.ok(error instanceof Rejection && error.code === "KEY_INVALID", String(error))
      return false
    }
  })
  assert.equal(answers[0], answers[1], "the two implementations disagree")
  return answers[0] as boolean
}

const reverse = (bytes: Uint8Array) => Uint8Array.from(bytes).reverse()
const ed = (key: Uint8Array): DeviceKey => ({ scheme: SCHEMES.ed25519, key: toHex(key) })

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes)
  flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
  return flipped
}

/** A point of order 8 (RFC 8032 curve), canonical. */
const TORSION = ed25519.Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")

describe("Ed25519 in its one meaning", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  const key = new Uint8Array(Buffer.from(publicKey.export({ format: "jwk" }).x as string, "base64url"))
  const message = randomBytes(32)
  const signature = new Uint8Array(sign(null, message, privateKey))

  it("accepts what the key signed", () => assert.equal(verdict(ed(key), signature, message), true))

  it("refuses every flipped bit of key, signature and message", () => {
    for (let bit = 0; bit < 512; bit += 7) assert.equal(verdict(ed(key), flipBit(signature, bit), message), false)
    for (let bit = 0; bit < 256; bit += 17) {
      assert.equal(verdict(ed(flipBit(key, bit)), signature, message), false)
      assert.equal(verdict(ed(key), signature, flipBit(message, bit)), false)
    }
  })

  it("refuses S + L", () => {
    const s = bytesToBigInt(reverse(signature.subarray(32))) + L
    assert.equal(
      verdict(ed(key), Buffer.concat([signature.subarray(0, 32), reverse(bigIntToBytes(s, 32))]), message),
      false,
    )
  })

  it("refuses torsion added to R, although the cofactored equation holds", () => {
    const r = ed25519.Point.fromBytes(signature.subarray(0, 32)).add(TORSION).toBytes()
    assert.equal(verdict(ed(key), Buffer.concat([r, signature.subarray(32)]), message), false)
  })

  it("accepts R as the neutral point where the equation holds, and only there", () => {
    const secret = 123456789n
    const point = ed25519.Point.BASE.multiply(secret).toBytes()
    const r = ed25519.Point.ZERO.toBytes()
    const digest = createHash("sha512").update(r).update(point).update(message).digest()
    const s = ((bytesToBigInt(reverse(digest)) % L) * secret) % L
    const forged = (value: bigint) => Buffer.concat([r, reverse(bigIntToBytes(value, 32))])
    assert.equal(verdict(ed(point), forged(s), message), true)
    assert.equal(verdict(ed(point), forged((s + 1n) % L), message), false)
  })

  it("refuses keys of small and of mixed order, and the identity", () => {
    const mixed = ed25519.Point.fromBytes(key).add(TORSION).toBytes()
    for (const point of [mixed, TORSION.toBytes(), ed25519.Point.ZERO.toBytes()])
      assert.equal(verdict(ed(point), signature, message), false)
  })

  it("refuses signatures of any other length", () => {
    for (const length of [0, 63, 65]) assert.equal(verdict(ed(key), new Uint8Array(length), message), false)
  })

  it("gives Wycheproof's answer on every vector", function () {
    const file = "../shared/vectors/wycheproof_ed25519_test.json"
    if (!existsSync(file)) skip(this, `${file} is absent`)
    type Group = { publicKey: { pk: string }; tests: { tcId: number; msg: string; sig: string; result: string }[] }
    const { testGroups } = JSON.parse(readFileSync(file, "utf8")) as { testGroups: Group[] }
    let count = 0
    for (const {
      publicKey: { pk },
      tests,
    } of testGroups)
      for (const { tcId, msg, sig, result } of tests) {
        const device: DeviceKey = { scheme: SCHEMES.ed25519, key: `0x${pk}` as Hex }
        assert.equal(
          verdict(device, Buffer.from(sig, "hex"), Buffer.from(msg, "hex")),
          result === "valid",
          `case ${tcId}`,
        )
        count++
      }
    assert.ok(count > 100)
  })
})

describe("P-256 as EIP-7951 means it", () => {
  const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const { x, y } = publicKey.export({ format: "jwk" }) as { x: string; y: string }
  const key = Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")])
  const device: DeviceKey = { scheme: SCHEMES.p256, key: toHex(key) }
  const message = randomBytes(32)
  const signature = new Uint8Array(sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" }))
  const r = signature.subarray(0, 32)
  const s = bytesToBigInt(signature.subarray(32))
  const withS = (value: bigint) => Buffer.concat([r, bigIntToBytes(value, 32)])

  it("accepts what the key signed, with low and with high s", () => {
    assert.equal(verdict(device, signature, message), true)
    assert.equal(verdict(device, withS(N - s), message), true)
  })

  it("refuses r or s of 0, n, and beyond", () => {
    for (const value of [0n, N, N + 1n, 2n ** 256n - 1n]) {
      assert.equal(verdict(device, withS(value), message), false)
      assert.equal(verdict(device, Buffer.concat([bigIntToBytes(value, 32), signature.subarray(32)]), message), false)
    }
  })

  it("refuses a coordinate that is spelt beyond the field's order", () => {
    const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
    // The curve's point with x = 5: only so small an x has another spelling in 32 bytes.
    const point = p256.Point.fromHex(`02${"5".padStart(64, "0")}`)
    const spelt = (x: bigint): DeviceKey => ({
      scheme: SCHEMES.p256,
      key: toHex(Buffer.concat([bigIntToBytes(x, 32), bigIntToBytes(point.toAffine().y, 32)])),
    })
    for (const checker of Object.values(implementations)) {
      assert.doesNotThrow(() => checker(spelt(5n)))
      assert.throws(() => checker(spelt(5n + p)), { name: "Rejection", code: "KEY_INVALID" })
    }
  })

  it("refuses flipped bits and a point off the curve", () => {
    for (let bit = 0; bit < 512; bit += 11) {
      assert.equal(verdict(device, flipBit(signature, bit), message), false)
      assert.equal(verdict({ ...device, key: toHex(flipBit(key, bit)) }, signature, message), false)
    }
  })
})
