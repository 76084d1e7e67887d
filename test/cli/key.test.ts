import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openAccount, openKeystore, passwordFileOf, sealKeystore } from "@wattest/chain"
import { type KeyReference, processTerminal, type Terminal, UsageError } from "@wattest/command"
import { privateKeyToAddress } from "viem/accounts"
import { play } from "../command/support.ts"
import { NODE } from "./tree.ts"

describe("keys of accounts", function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-key-"))
  const at = (name: string) => join(folder, name)
  const silent: Terminal = { ...processTerminal, ask: async () => null }
  const open = (file: string, environment: NodeJS.ProcessEnv = {}, terminal = silent) =>
    openAccount({ kind: "keystore", file } satisfies KeyReference, { environment, terminal })
  after(() => rmSync(folder, { recursive: true }))

  it("are made in a keystore that only its password opens", async () => {
    const environment = { WATTEST_KEY_PASSWORD: "correct horse" }
    const { exit, stdout } = await play({ node: NODE }, ["key", "new", at("a.json"), "--json"], { environment, folder })
    assert.equal(exit, 0)
    const { address } = JSON.parse(stdout)
    const text = readFileSync(at("a.json"), "utf8")
    assert.equal(privateKeyToAddress(openKeystore(text, "correct horse")).toLowerCase(), address)
    assert.throws(() => openKeystore(text, "correct house"), /wrong password/)
    assert.equal(statSync(at("a.json")).mode & 0o077, 0)
    assert.throws(() => statSync(passwordFileOf(at("a.json"))))
    assert.ok(!stdout.includes("correct horse"))
  })

  it("have a password of their own where nobody says one, in a file that only the owner reads", async () => {
    const made = await play({ node: NODE }, ["key", "new", at("b.json")], { folder })
    assert.equal(made.exit, 0, made.stderr)
    assert.equal(made.stderr, `next: wattest init --key ${at("b.json")}\n`)
    const file = passwordFileOf(at("b.json"))
    assert.equal(statSync(file).mode & 0o077, 0)
    assert.ok(readFileSync(file, "utf8").trim().length >= 32)
    const before = readFileSync(at("b.json"), "utf8")
    assert.equal((await play({ node: NODE }, ["key", "new", at("b.json")], { folder })).exit, 2)
    assert.equal(readFileSync(at("b.json"), "utf8"), before)
    assert.match((await open(at("b.json"))).address, /^0x/)
  })

  it("are opened by the password that comes first: variable, file, file beside it, person", async () => {
    const key = `0x${"11".repeat(32)}` as const
    const address = privateKeyToAddress(key)
    writeFileSync(at("c.json"), sealKeystore(key, address, "right"))
    writeFileSync(at("right"), "right\n")
    writeFileSync(at("wrong"), "wrong\n")
    await assert.rejects(
      open(at("c.json")),
      (error) => error instanceof UsageError && /needs its password/.test(error.message),
    )
    const asked: Terminal = { ...processTerminal, ask: async () => "right" }
    assert.equal((await open(at("c.json"), {}, asked)).address, address)
    writeFileSync(passwordFileOf(at("c.json")), "wrong\n")
    await assert.rejects(open(at("c.json"), {}, asked), /wrong password/)
    const file = { WATTEST_KEY_PASSWORD_FILE: at("right") }
    assert.equal((await open(at("c.json"), file)).address, address)
    const both = { WATTEST_KEY_PASSWORD: "right", WATTEST_KEY_PASSWORD_FILE: at("wrong") }
    assert.equal((await open(at("c.json"), both)).address, address)
  })

  it("give a profile its accounts: what is asked, what is made, what is given", async () => {
    const asked = await play({ node: NODE }, ["init", "--chain", "31337"], {
      folder,
      answers: ["http://127.0.0.1:8545/", ""],
    })
    assert.equal(asked.exit, 0, asked.stderr)
    const profile = JSON.parse(readFileSync(at("wattest.json"), "utf8"))
    const { address } = JSON.parse(readFileSync(at("operator.json"), "utf8"))
    assert.deepEqual(
      [profile.rpc, profile.operator, profile.voucher, profile.key, profile.relayer],
      ["http://127.0.0.1:8545", `0x${address}`, `0x${address}`, "operator.json", "http://127.0.0.1:8480"],
    )
    assert.match(profile.ledger, /^0x[0-9a-f]{64}$/)
    const missing = await play({ node: NODE }, ["enrol"], { folder, environment: {} })
    assert.match(missing.stderr, /^error: --registry is missing/, "the rest came from the profile")
  })
})
