import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join, resolve } from "node:path"
import { packMember } from "../../scripts/pack/member.ts"

/** All that a machine without a compiler has here; `node` is this very one. */
const PROGRAMS = ["env", "npm", "sh"]
const COMPILING = ["cc", "c++", "gcc", "g++", "clang", "make", "cmake", "python3", "node-gyp"]

const placeOf = (name: string): string => {
  const places = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name))
  const found = places.find(existsSync)
  assert.ok(found, `${name} is on the PATH`)
  return found
}

type Lock = { packages: { [path: string]: { optional?: boolean; hasInstallScript?: boolean; dev?: boolean } } }

describe("a machine without a compiler", function () {
  this.timeout(300_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-bare-"))
  const [programs, home] = [join(folder, "bin"), join(folder, "home")]
  const tarballs: string[] = []
  const env = { ...process.env, PATH: programs, WATTEST_PIN: "4711" }
  const attest = (...args: string[]) =>
    spawnSync(join(home, "node_modules/.bin/wattest-attest"), args, { cwd: home, env, encoding: "utf8" })

  before(async () => {
    for (const path of [programs, home]) mkdirSync(path)
    for (const name of PROGRAMS) symlinkSync(placeOf(name), join(programs, name))
    symlinkSync(process.execPath, join(programs, "node"))
    for (const member of ["protocol", "command", "archive", "attester"]) tarballs.push(await packMember(member, folder))
    writeFileSync(join(home, "package.json"), '{ "private": true, "type": "module" }')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it("is one: nothing that compiles is on its PATH", () => {
    for (const name of COMPILING) assert.ok(!existsSync(join(programs, name)), name)
  })

  for (const [how, options] of [
    ["", []],
    [" without optional packages", ["--omit=optional"]],
    [" without install scripts", ["--ignore-scripts"]],
  ] as const)
    it(`installs the attester${how}, makes a device, and says what a token would need`, () => {
      rmSync(join(home, "node_modules"), { recursive: true, force: true })
      const words = ["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", ...options, ...tarballs]
      execFileSync(join(programs, "npm"), words, { cwd: home, env, stdio: "pipe" })

      const device = join(folder, `device${options.join("")}`)
      const made = attest("init", "--home", device)
      assert.equal(made.status, 0, made.stderr)
      const trace = resolve("samples/h100-simulated.csv")
      const replayed = attest("replay", trace, "--home", device, "--utc-offset", "Z", "--grade", "simulated")
      assert.equal(replayed.status, 0, replayed.stderr)

      const token = ["--pkcs11-module", "/nowhere.so", "--token", "device"]
      const refused = attest("init", "--home", `${device}-token`, ...token)
      assert.equal(refused.status, 1)
      assert.match(refused.stderr, /^error: keys in a token need the package pkcs11js, which is missing or not built: /)
      assert.match(refused.stderr, /\nhint: .*compiler.*docs\/attester\/keys\.md/)
      assert.equal(refused.stderr.trimEnd().split("\n").length, 2)
    })

  it("installs a clone: whatever compiles is optional in the lockfile, and set-up runs no install script", () => {
    const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock
    const compiling = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript)
    const demanded = compiling.filter(([, { optional, dev }]) => !optional && !dev).map(([path]) => path)
    assert.deepEqual(demanded, [])
    assert.ok(packages["node_modules/pkcs11js"]?.optional, "the lockfile keeps pkcs11js")
    const setup = readFileSync("scripts/setup.mjs", "utf8")
    for (const [command] of setup.matchAll(/npm (?:ci|install)\b[^"]*/g)) assert.match(command, /--ignore-scripts/)
  })
})
