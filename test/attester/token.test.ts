import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { archivedRuns, attest, MAIN } from "@wattest/testkit/attester/program"
import { skip } from "@wattest/testkit/skip"
import type { Context } from "mocha"
import { CK, openToken } from "../../attester/src/keys/token.ts"
import { SAMPLE_PATH } from "../../scripts/generate/sample-trace.ts"

const SOFTHSM = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so"].find(existsSync)
const TPM = globSync("/usr/lib/*/pkcs11/libtpm2_pkcs11.so")[0]
/** The binding compiles where it is installed, which `.ci/run` asks for and `npm start` does not. */
const BINDING = await import("pkcs11js").catch(() => null)
const PIN = "4711"

const findProgram = (name: string): string | undefined =>
  ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].map((place) => join(place, name)).find(existsSync)

/** A port of which the next is free too, as swtpm wants for its control channel. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port < 65_535 ? port : freePort()
}

describe("a device whose key is in a token", () => {
  let folder: string
  let home: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-"))
    home = join(folder, "device")
    process.env.WATTEST_PIN = PIN
  })
  afterEach(() => {
    delete process.env.WATTEST_PIN
    delete process.env.SOFTHSM2_CONF
    rmSync(folder, { recursive: true })
  })

  /** A SoftHSM token of this test alone. */
  function makeSoftToken(context: Context): string {
    if (SOFTHSM === undefined) return skip(context, "no SoftHSM2")
    if (BINDING === null) return skip(context, "pkcs11js is not built")
    mkdirSync(join(folder, "tokens"))
    writeFileSync(
      join(folder, "softhsm2.conf"),
      `directories.tokendir = ${join(folder, "tokens")}\nobjectstore.backend = file\n`,
    )
    process.env.SOFTHSM2_CONF = join(folder, "softhsm2.conf")
    execFileSync("softhsm2-util", ["--init-token", "--free", "--label", "device", "--pin", PIN, "--so-pin", PIN], {
      stdio: "ignore",
    })
    return SOFTHSM
  }
  const init = (module: string, token: string, scheme: string) =>
    attest("init", "--home", home, "--pkcs11-module", module, "--token", token, "--scheme", scheme, "--json")
  const replay = (...window: readonly string[]) =>
    attest(
      "replay",
      SAMPLE_PATH,
      "--home",
      home,
      "--utc-offset",
      "Z",
      "--grade",
      "simulated",
      "--interval",
      "30s",
      ...window,
    )

  for (const scheme of ["ed25519", "p256"])
    it(`signs runs with a ${scheme} key of SoftHSM that cannot be read out`, async function () {
      const module = makeSoftToken(this)
      const made = init(module, "device", scheme)
      assert.equal(made.status, 0, made.stderr)
      const { status, stderr } = replay()
      assert.equal(status, 0, stderr)
      const [run] = archivedRuns(home)
      assert.equal(run?.device.key, JSON.parse(made.stdout).key)
      assert.deepEqual(readdirSync(home).sort(), ["archive", "device.journal", "lock", "runs", "stands", "token.json"])
      const token = await openToken({ module, token: "device", label: "wattest", pin: PIN })
      const [key] = token.find([{ type: CK.CKA_CLASS, value: CK.CKO_PRIVATE_KEY }])
      assert.ok(key)
      assert.throws(() => token.library.C_GetAttributeValue(token.session(), key, [{ type: CK.CKA_VALUE }]))
      token.close()
    })

  it("signs runs with a P-256 key of a TPM 2.0", async function () {
    const needed = [
      ...["swtpm", "tpm2-abrmd", "tpm2_ptool", "dbus-run-session"].map(findProgram),
      TPM,
      BINDING ?? undefined,
    ]
    if (needed.includes(undefined)) skip(this, "no TPM simulator with tpm2-pkcs11, or pkcs11js is not built")
    const script = join(import.meta.dirname, "tpm.sh")
    const port = await freePort()
    const args = [folder, String(port), TPM ?? "", process.execPath, MAIN, resolve(SAMPLE_PATH)]
    const output = execFileSync("dbus-run-session", ["--", script, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
    const [made, replayed] = output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    assert.equal(made.scheme, 2)
    const [run] = archivedRuns(home)
    assert.equal(run?.device.key, made.key)
    assert.equal(run?.root, replayed.root)
  })

  it("refuses an old copy of its folder: the token has counted further", function () {
    init(makeSoftToken(this), "device", "ed25519")
    const part = (minute: number) =>
      replay("--from", `2026-01-05T09:0${minute}:00Z`, "--to", `2026-01-05T09:0${minute}:50Z`)
    assert.equal(part(0).status, 0)
    const copy = join(folder, "copy")
    cpSync(home, copy, { recursive: true })
    assert.equal(part(1).status, 0)
    rmSync(home, { recursive: true })
    cpSync(copy, home, { recursive: true })
    const { status, stderr } = part(1)
    assert.equal(status, 1)
    assert.match(stderr, /the token knows runs up to 1 of this device, its folder only up to 0/)
  })

  it("keeps one key under a label, and needs token and PIN", function () {
    const module = makeSoftToken(this)
    assert.equal(init(module, "device", "ed25519").status, 0)
    home = join(folder, "other")
    const again = init(module, "device", "ed25519")
    assert.equal(again.status, 1)
    assert.match(again.stderr, /holds a key called wattest already/)
    const absent = init(module, "nobody", "ed25519")
    assert.match(absent.stderr, /no token is called nobody/)
    process.env.WATTEST_PIN = "0000"
    assert.match(init(module, "device", "ed25519").stderr, /C_Login/)
    delete process.env.WATTEST_PIN
    assert.match(init(module, "device", "ed25519").stderr, /WATTEST_PIN/)
    assert.match(init("/nowhere.so", "device", "ed25519").stderr, /WATTEST_PIN|loading/)
    assert.equal(attest("init", "--home", home, "--token", "device").status, 2)
  })
})
