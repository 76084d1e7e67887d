import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { passwordFileOf, sealKeystore } from "@wattest/chain"
import { encodeProfile, type Hex } from "@wattest/protocol"
import { privateKeyToAccount } from "viem/accounts"
import { sign } from "../../disclosure/src/cli/init.ts"
import { readProfile } from "../../disclosure/src/cli/material.ts"
import { profileOf } from "./scene.ts"

const KEY: Hex = `0x${"07".repeat(32)}`
const STRANGER: Hex = `0x${"08".repeat(32)}`
const addressOf = (key: Hex) => privateKeyToAccount(key).address.toLowerCase() as Hex

describe("wattest disclose sign", () => {
  let folder: string
  let path: string
  const said: string[] = []
  const context = {
    terminal: { print: () => {}, say: (line: string) => void said.push(line), ask: async () => null },
    ...{ environment: {}, profile: null, folder: ".", json: false, given: new Map(), spell: String },
  }

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-sign-"))
    path = join(folder, "profile.json")
    for (const [name, key] of [
      ["operator", KEY],
      ["stranger", STRANGER],
    ] as const) {
      const file = join(folder, name)
      writeFileSync(file, sealKeystore(key, addressOf(key), "only for tests"))
      writeFileSync(passwordFileOf(file), "only for tests")
    }
  })
  beforeEach(() => writeFileSync(path, encodeProfile(profileOf({ operator: addressOf(KEY) }))))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const keystore = (name: string) => ({ kind: "keystore" as const, file: join(folder, name) })

  it("puts the operator's signature under the profile, in place, and once where it is asked twice", async () => {
    assert.equal(readProfile(path).signer, null)
    await sign(path, keystore("operator"), context)
    assert.equal(readProfile(path).signer, addressOf(KEY))
    const once = readFileSync(path, "utf8")
    await sign(path, keystore("operator"), context)
    assert.equal(readFileSync(path, "utf8"), once)
    assert.equal(said.at(-1), `${path} is signed by ${addressOf(KEY)}`)
  })

  it("refuses the key of anybody else, and a signer of transactions, and leaves the profile as it was", async () => {
    const before = readFileSync(path, "utf8")
    await assert.rejects(sign(path, keystore("stranger"), context), (error: Error & { hint?: string }) => {
      assert.equal(error.message, `the key is that of ${addressOf(STRANGER)}`)
      return error.hint === `the profile's operator is ${addressOf(KEY)}`
    })
    const remote = { kind: "remote" as const, url: "http://127.0.0.1:1", address: addressOf(KEY) }
    await assert.rejects(sign(path, remote, context), /a remote signer signs transactions alone/)
    assert.equal(readFileSync(path, "utf8"), before)
  })
})
