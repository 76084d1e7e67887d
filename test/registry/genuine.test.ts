import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { processTerminal } from "@wattest/command"
import type { Hex } from "@wattest/protocol"
import { claims, reach } from "@wattest/registry"
import { accountOf } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"

const OPERATOR = accountOf(1).address
const DEVICE = `0x${"11".repeat(32)}`
/** Answers every call with 32 zero bytes: no claims, no device, whatever is asked. */
const FAKE_CODE = "0x60206000f3"
const FAKE = "0x00000000000000000000000000000000000fa4e1"
const PROXY = "0x00000000000000000000000000000000000fa4e2"

type Outcome = { code: number; stdout: string; stderr: string }

describe("a registry that is not what it should be", function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-genuine-"))
  const record = join(folder, "record.json")
  let anvil: Anvil
  let proxy: RpcProxy
  let [registry, genuine]: Hex[] = []
  let asked: string[] = []

  const cli = (...args: string[]): Promise<Outcome> =>
    new Promise((resolve) => {
      const env = { ...process.env, NO_COLOR: "1", WATTEST_RPC: proxy.url, WATTEST_KEY: `${anvil.url}#${OPERATOR}` }
      execFile(process.execPath, ["registry/src/main.ts", ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      )
    })
  const refusal = async (expected: RegExp, ...args: string[]) => {
    asked = []
    const { code, stdout, stderr } = await cli(...args)
    assert.deepEqual([code, stdout], [1, ""], stderr)
    assert.match(stderr, expected)
    assert.match(stderr, /\nhint: nothing more was read; docs\/contracts\.md/)
    assert.ok(asked.length > 0)
    assert.deepEqual(
      asked.filter((method) => !["eth_chainId", "eth_getCode"].includes(method)),
      [],
    )
  }

  before(async () => {
    anvil = await startAnvil({ mining: "each" })
    proxy = await startProxy(anvil.url)
    proxy.interfere(async ({ method }) => {
      asked.push(method)
      return null
    })
    const { code, stderr } = await cli("deploy", "--record", record)
    assert.equal(code, 0, stderr)
    ;({ registry, claims: genuine } = JSON.parse(readFileSync(record, "utf8")))
    await anvil.rpc("anvil_setCode", FAKE, FAKE_CODE)
    await anvil.rpc("anvil_setCode", PROXY, `0x363d3d373d3d3d363d73${registry?.slice(2)}5af43d82803e903d91602b57fd5bf3`)
    await anvil.rpc("anvil_mine", "0x4")
  })
  after(async () => {
    await proxy.stop()
    await anvil.stop()
    rmSync(folder, { recursive: true })
  })

  it("would be believed without the check: a fake answers what it likes", async () => {
    const reached = await reach({ rpc: anvil.url, chain: undefined }, { environment: {}, terminal: processTerminal })
    assert.deepEqual(await claims({ ...reached, address: FAKE }, OPERATOR), [])
  })

  it("is read where it is genuine", async () => {
    const { code, stdout, stderr } = await cli("claims", "--operator", OPERATOR, "--claims", genuine as Hex)
    assert.deepEqual([code, stdout], [0, "no claims\n"], stderr)
    assert.equal((await cli("show", DEVICE, "--registry", registry as Hex)).code, 0)
  })

  it("is refused before a word is read: claims, reads and writes", async () => {
    await refusal(
      /^error: the code at 0x0*fa4e1 is not that of ClaimRegistry\n/,
      "claims",
      "--operator",
      OPERATOR,
      "--claims",
      FAKE,
    )
    await refusal(/is not that of ClaimRegistry/, "claims", "--operator", OPERATOR, "--claims", registry as Hex)
    await refusal(/is not that of AnchorRegistry/, "show", DEVICE, "--registry", FAKE)
    await refusal(
      /is not that of AnchorRegistry/,
      "list",
      "--operator",
      OPERATOR,
      "--voucher",
      OPERATOR,
      "--registry",
      PROXY,
    )
    await refusal(/there is no code at/, "show", DEVICE, "--registry", OPERATOR)
    const vouch = ["vouch", DEVICE, OPERATOR, DEVICE, "--yes"]
    await refusal(/is not that of AnchorRegistry/, ...vouch, "--registry", PROXY)
  })

  it("shows in a check: of both registries, of what they call, and against a record", async () => {
    const checked = await cli("check", "--record", record, "--json")
    assert.equal(checked.code, 0, checked.stderr)
    const { contracts } = JSON.parse(checked.stdout)
    const recorded = JSON.parse(readFileSync(record, "utf8"))
    assert.deepEqual(Object.fromEntries(contracts.map(({ name, ...place }: { name: string }) => [name, place])), {
      ...recorded.contracts,
    })
    assert.match((await cli("check")).stdout, /^ {2}ClaimRegistry +0x[0-9a-f]{40} {2}code 0x[0-9a-f]{64}$/m)
    await refusal(/is not that of ClaimRegistry/, "check", "--claims", FAKE)
    await refusal(/is not that of AnchorRegistry/, "check", "--registry", PROXY)
    const other = join(folder, "other.json")
    const { AnchorRegistry } = recorded.contracts
    const altered = { ...AnchorRegistry, codeHash: `0x${"22".repeat(32)}` }
    writeFileSync(other, JSON.stringify({ ...recorded, contracts: { ...recorded.contracts, AnchorRegistry: altered } }))
    await refusal(/AnchorRegistry is recorded on chain 31337 .*0x2222/, "check", "--record", other)
    writeFileSync(other, JSON.stringify({ ...recorded, chainId: 137 }))
    await refusal(/the record is of chain 137, the endpoint serves chain 31337/, "check", "--record", other)
    const kept = readFileSync(other, "utf8")
    const written = await cli("deploy", "--record", other)
    assert.match(written.stderr, /other\.json is the record of chain 137, not 31337/)
    assert.deepEqual([written.code, readFileSync(other, "utf8")], [2, kept])
    writeFileSync(other, "{}")
    const { code, stderr } = await cli("check", "--record", other)
    assert.equal(code, 2)
    assert.match(stderr, /other\.json is no record of a deployment: .*deployment\.chainId/)
  })

  it("is seen where claims are over another registry of anchors", async () => {
    const words = (anchors: Hex) => ["check", "--claims", genuine as Hex, "--registry", anchors]
    assert.equal((await cli(...words(registry as Hex))).code, 0)
    const { deployAnchors, deployerOn } = await import("@wattest/testkit/local/contracts")
    const another = await deployAnchors(deployerOn(anvil))
    await refusal(/ClaimRegistry at .* is over the registry 0x[0-9a-f]{40}, not over/, ...words(another))
  })
})
