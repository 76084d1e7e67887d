import assert from "node:assert/strict"
import { createCipheriv, pbkdf2Sync, scryptSync } from "node:crypto"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { createRemoteSigner, openKeystore, sealKeystore } from "@wattest/chain"
import { concatBytes, type Hex, toHex } from "@wattest/protocol"
import type { TransactionSerializableEIP1559 } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { serveAnswers } from "../client/served.ts"

const KEY: Hex = `0x${"17".repeat(32)}`
const PASSWORD = "correct horse"
const bare = (bytes: Uint8Array) => toHex(bytes).slice(2)

describe("a keystore that another program wrote", () => {
  const [salt, iv] = [Buffer.alloc(32, 3), Buffer.alloc(16, 5)]

  /** As the specification says, with a derived key of any length; `changes` replace what stands under `crypto`. */
  function written(derived: Uint8Array, kdf: string, kdfparams: object, changes: object = {}): string {
    const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv)
    const ciphertext = Buffer.concat([cipher.update(Buffer.from(KEY.slice(2), "hex")), cipher.final()])
    const mac = bare(keccak_256(concatBytes(derived.subarray(16, 32), ciphertext)))
    const cipherparams = { iv: bare(iv) }
    const crypto = { cipher: "aes-128-ctr", ciphertext: bare(ciphertext), cipherparams, mac, kdf, kdfparams }
    return JSON.stringify({ version: 3, Crypto: { ...crypto, ...changes } })
  }
  const pbkdf2 = (dklen: number, changes?: object) =>
    written(
      Buffer.concat([pbkdf2Sync(PASSWORD, salt, 2, dklen, "sha256"), Buffer.alloc(32)]),
      "pbkdf2",
      { c: 2, dklen, prf: "hmac-sha256", salt: bare(salt) },
      changes,
    )

  it("is opened whichever way its key is derived, and however long", () => {
    for (const dklen of [32, 33, 64]) assert.equal(openKeystore(pbkdf2(dklen), PASSWORD), KEY)
    const derived = scryptSync(PASSWORD, salt, 48, { N: 16, r: 2, p: 3 })
    const text = written(derived, "scrypt", { n: 16, r: 2, p: 3, dklen: 48, salt: bare(salt) })
    assert.equal(openKeystore(text, PASSWORD), KEY)
  })

  it("is of version 3, or is said to be none", () => {
    for (const text of [
      "",
      "null",
      "7",
      "{}",
      '{"version":4,"crypto":{}}',
      '{"version":3,"crypto":null}',
      '{"version":3}',
      pbkdf2(32).replace('"version":3', '"version":4'),
    ])
      assert.throws(() => openKeystore(text, "x"), /^Error: not a version 3 keystore$/, text)
  })

  it("is refused where a byte of what the password holds is another one", () => {
    assert.throws(() => openKeystore(pbkdf2(32), "correct house"), /wrong password/)
    for (const mac of ["", "00".repeat(32), "00".repeat(31)])
      assert.throws(() => openKeystore(pbkdf2(32, { mac }), PASSWORD), /wrong password/)
    assert.throws(() => openKeystore(pbkdf2(32, { ciphertext: "00".repeat(32) }), PASSWORD), /wrong password/)
  })

  it("is refused with the reason where it is of another kind, or would take more memory than a key needs", () => {
    assert.throws(() => openKeystore(pbkdf2(31), PASSWORD), /fewer than 32 bytes/)
    assert.throws(() => openKeystore(pbkdf2(32, { cipher: "aes-256-gcm" }), PASSWORD), /aes-256-gcm is not aes-128-ctr/)
    assert.throws(() => openKeystore(pbkdf2(32, { kdf: "argon2" }), PASSWORD), /argon2 is neither scrypt nor pbkdf2/)
    const kdfparams = { n: 1 << 20, r: 8, p: 1, dklen: 32, salt: bare(salt) }
    assert.throws(() => openKeystore(pbkdf2(32, { kdf: "scrypt", kdfparams }), PASSWORD), /memory limit exceeded/)
  })

  it("is of the specified form where it is ours, with a salt and a start of its own each time", () => {
    const [first, second] = [1, 2].map(() => JSON.parse(sealKeystore(KEY, "0xabcd", PASSWORD)))
    const { kdfparams, cipherparams } = first.crypto
    assert.deepEqual([first.version, first.address, first.crypto.kdf], [3, "abcd", "scrypt"])
    assert.deepEqual({ ...kdfparams, salt: null }, { n: 1 << 18, r: 8, p: 1, dklen: 32, salt: null })
    assert.deepEqual([kdfparams.salt.length, cipherparams.iv.length], [64, 32])
    assert.notEqual(kdfparams.salt, second.crypto.kdfparams.salt)
    assert.notEqual(cipherparams.iv, second.crypto.cipherparams.iv)
    const derived = scryptSync(PASSWORD, Buffer.from(kdfparams.salt, "hex"), 32, {
      ...{ N: 1 << 18, r: 8, p: 1, maxmem: 1 << 30 },
    })
    const ciphertext = Buffer.from(first.crypto.ciphertext, "hex")
    assert.equal(first.crypto.mac, bare(keccak_256(concatBytes(derived.subarray(16, 32), ciphertext))))
  })
})

describe("a remote signer", () => {
  const account = privateKeyToAccount(KEY)
  const asked: TransactionSerializableEIP1559 = {
    ...{ type: "eip1559", chainId: 31337, to: `0x${"11".repeat(20)}`, data: "0xabcd", nonce: 4 },
    ...{ gas: 100_000n, maxFeePerGas: 50n, maxPriorityFeePerGas: 2n },
  }

  /** What comes of it where the signer answers with this transaction. */
  async function signedBy(signed: Hex | null, address: Hex = account.address) {
    const served = await serveAnswers([{ body: JSON.stringify({ jsonrpc: "2.0", id: 1, result: signed }) }])
    try {
      return await createRemoteSigner(served.url, address, 5000).signTransaction(asked)
    } finally {
      served.close()
    }
  }

  it("is believed where it signed exactly what it was asked to, as whoever it was asked", async () => {
    const signed = await account.signTransaction(asked)
    assert.equal(await signedBy(signed), signed)
    assert.equal(await signedBy(signed, account.address.toLowerCase() as Hex), signed)
  })

  it("is refused where any part of the transaction is another one", async () => {
    const changes: readonly Partial<TransactionSerializableEIP1559>[] = [
      { chainId: 1 },
      { to: `0x${"12".repeat(20)}` },
      { data: "0xabce" },
      { nonce: 5 },
      { gas: 100_001n },
      { maxFeePerGas: 51n },
      { maxPriorityFeePerGas: 3n },
      { value: 1n },
    ]
    for (const change of changes)
      await assert.rejects(signedBy(await account.signTransaction({ ...asked, ...change })), {
        name: "RpcLie",
        message: /another transaction/,
      })
    await assert.rejects(signedBy(null), { name: "RpcLie" })
  })

  it("is refused where another one signed", async () => {
    const other = privateKeyToAccount(`0x${"18".repeat(32)}`)
    await assert.rejects(signedBy(await other.signTransaction(asked)), { name: "RpcLie", message: /signed as 0x/ })
  })
})
