import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { UsageError } from "@wattest/command"
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption"
import { decrypterOf, encrypterFor } from "../../cli/src/archive/age-keys.ts"

describe("keys of a backup", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-keys-"))
  after(() => rmSync(folder, { recursive: true }))
  const fileOf = (content: string) => {
    const path = join(folder, "key")
    writeFileSync(path, content)
    return path
  }
  const refused = (said: RegExp) => (error: unknown) => error instanceof UsageError && said.test(error.message)

  it("are taken of both kinds, and open what was encrypted to them", async () => {
    for (const make of [generateHybridIdentity, generateX25519Identity]) {
      const identity = await make()
      const sealed = await encrypterFor([await identityToRecipient(identity)]).encrypt("secret")
      const path = fileOf(`# public key: ${"x"}\n\n${identity}\n`)
      assert.equal(await decrypterOf(path).decrypt(sealed, "text"), "secret")
    }
  })

  it("are refused where one was cut off, changed or is no key at all, before anything is read", async () => {
    const identity = await generateX25519Identity()
    const recipient = await identityToRecipient(identity)
    for (const wrong of ["", "age1qqq", recipient.slice(0, -1), recipient.replace("age1", "age2"), identity])
      assert.throws(() => encrypterFor([recipient, wrong]), refused(/is no recipient$/), wrong)
    assert.throws(() => decrypterOf(fileOf(`${identity}\n${identity.slice(0, -1)}\n`)), refused(/cut off or changed/))
    for (const content of ["", recipient])
      assert.throws(() => decrypterOf(fileOf(content)), refused(/holds no identity/))
    assert.throws(() => decrypterOf("/dev/zero"), refused(/is too long for a file of keys$/))
    const padded = (bytes: number) => fileOf(`${identity}\n`.padEnd(bytes, "#"))
    assert.doesNotThrow(() => decrypterOf(padded(1 << 20)))
    assert.throws(() => decrypterOf(padded((1 << 20) + 1)), refused(/is too long/))
  })
})
