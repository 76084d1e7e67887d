import assert from "node:assert/strict"
import { execFile, execFileSync } from "node:child_process"
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { accountOf } from "@wattest/testkit/local/accounts"
import { startAnvil } from "@wattest/testkit/local/anvil"
import { MEMBERS, packMember } from "../../scripts/pack/member.ts"

/** Members that must stay free of the GPL, so that anybody can build them into anything. */
const PERMISSIVE = [
  "protocol",
  "command",
  "chain",
  "client",
  "attester",
  "verifier",
  "relayer",
  "registry",
  "budget",
  "disclosure",
]
/** A server or a database, which nobody needs who reads a registry or judges a document. */
const HEAVY = /^(?:fastify|pg|kysely|pino|prom-client)$/
const LIGHT = ["protocol", "command", "chain", "client", "verifier", "registry", "budget"]
const GPL = /\b[AL]?GPL/

type Manifest = {
  name: string
  version: string
  description?: string
  keywords?: readonly string[]
  license?: string | { type: string }
  bin?: Record<string, string>
  exports?: Record<string, unknown>
}
const manifestOf = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Manifest

describe("packages as their users install them", function () {
  this.timeout(300_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-packages-"))
  const tarballs = new Map<string, string>()

  before(async () => {
    for (const member of MEMBERS) tarballs.set(member, await packMember(member, folder))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** The members that a member needs, however indirectly. */
  function needsOf(member: string): readonly string[] {
    const { dependencies = {} } = JSON.parse(readFileSync(`${member}/package.json`, "utf8"))
    const needs = Object.keys(dependencies).filter((name) => name.startsWith("@wattest/"))
    const direct = needs.map((name) => name.slice("@wattest/".length))
    return [...direct, ...direct.flatMap(needsOf)]
  }

  /** Installs a member with the members that it needs into an empty folder; answers that folder. */
  function install(member: string): string {
    const home = join(folder, member)
    execFileSync("mkdir", ["-p", home])
    writeFileSync(join(home, "package.json"), '{ "private": true, "type": "module" }')
    const files = [...new Set(["protocol", ...needsOf(member), member])].map((name) => tarballs.get(name) as string)
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", ...files], {
      cwd: home,
      stdio: "pipe",
    })
    return home
  }

  for (const member of MEMBERS)
    it(`${member} installs alone, loads and answers --help`, () => {
      const home = install(member)
      const packed = join(home, "node_modules/@wattest", member)
      const { description = "", keywords = [], bin = {}, exports = {} } = manifestOf(join(packed, "package.json"))
      const [entry = "."] = Object.keys(exports)
      const code = `const m = await import("${join("@wattest", member, entry)}"); if (Object.keys(m).length === 0) throw new Error("no exports")`
      execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: home, stdio: "pipe" })
      assert.ok(description.length > 20 && keywords.length > 2)
      assert.ok(readFileSync(join(packed, "README.md"), "utf8").startsWith(`# @wattest/${member}\n`))
      assert.ok(readFileSync(join(packed, "LICENSE"), "utf8").length > 1000)
      for (const name of Object.keys(bin)) {
        const help = execFileSync(join(home, "node_modules/.bin", name), ["--help"], { encoding: "utf8", cwd: home })
        assert.match(help, new RegExp(`usage:[\\s\\S]*${name}`, "i"))
      }
      const manifests = globSync("node_modules/{*,@*/*}/package.json", { cwd: home }).map((file) =>
        manifestOf(join(home, file)),
      )
      const names = manifests.map(({ name }) => name)
      if (LIGHT.includes(member))
        assert.deepEqual(
          names.filter((name) => HEAVY.test(name)),
          [],
        )
      if (!PERMISSIVE.includes(member)) return
      const copyleft = manifests.filter(({ license }) => GPL.test(JSON.stringify(license ?? "none")))
      assert.deepEqual(
        copyleft.map(({ name }) => name),
        [],
      )
    })

  it("registry deploys both registries from its tarball, and checks them, without a compiler", async () => {
    const home = install("registry")
    assert.ok(!existsSync(join(home, "node_modules/hardhat")))
    const anvil = await startAnvil({ mining: "each" })
    const env = { ...process.env, WATTEST_RPC: anvil.url, WATTEST_KEY: `${anvil.url}#${accountOf(0).address}` }
    const registry = (...args: string[]) =>
      promisify(execFile)(join(home, "node_modules/.bin/wattest-registry"), args, { cwd: home, env })
    try {
      await registry("deploy")
      const { stdout } = await registry("check", "--record", "wattest-deployment.31337.json")
      assert.match(stdout, /^ {2}ClaimRegistry +0x[0-9a-f]{40}/m)
    } finally {
      await anvil.stop()
    }
  })

  it("would see a server: the relayer is one", () => {
    const { dependencies } = JSON.parse(readFileSync("relayer/package.json", "utf8"))
    assert.equal(Object.keys(dependencies).filter((name) => HEAVY.test(name)).length, 4)
  })

  it("would see the GPL: the prover builds on it", () => {
    assert.match(manifestOf("node_modules/snarkjs/package.json").license as string, GPL)
  })
})
