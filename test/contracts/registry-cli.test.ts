import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ledgerIdOf } from "@wattest/protocol"
import { ed25519Device, messages } from "@wattest/testkit/contracts/device"
import { LOCAL_KEYS } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { keystoreOf } from "@wattest/testkit/local/keystore"
import { freePort } from "@wattest/testkit/local/processes"
import { type Address, type Hex, keccak256 } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { tableText } from "../../scripts/deploy/table.ts"

const { deployer: OPERATOR, operator: VOUCHER } = LOCAL_KEYS
const [operator, voucher] = [OPERATOR, VOUCHER].map((key) => privateKeyToAccount(key as Hex).address) as [
  Address,
  Address,
]
const EVIDENCE = keccak256("0x01")

type Outcome = { code: number; stdout: string; stderr: string }

const execute = (args: string[], environment: Record<string, string> = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", NO_COLOR: "1", ...environment }
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })

describe("deploying and operating the registry", () => {
  let anvil: Anvil
  let url: string
  let registry: Hex
  const folder = mkdtempSync(join(tmpdir(), "wattest-registry-"))

  before(async () => {
    anvil = await startAnvil({ mining: "each" })
    url = anvil.url
  })
  after(async () => {
    await anvil.stop()
    rmSync(folder, { recursive: true })
  })

  const record = join(folder, "record.json")
  const deploy = (...words: string[]) =>
    execute(["registry/src/main.ts", "deploy", "--record", record, ...words], {
      WATTEST_RPC: url,
      WATTEST_KEY: `${url}#${operator}`,
    })
  const cli = (key: string, ...args: string[]) =>
    execute(["registry/src/main.ts", ...args, "--registry", registry], {
      WATTEST_RPC: url,
      // The local chain keeps the keys of its own accounts and signs for them.
      WATTEST_KEY: key && `${url}#${privateKeyToAccount(key as Hex).address}`,
    })
  const file = (name: string, value: unknown): string => {
    const path = join(folder, name)
    writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value))
    return path
  }

  it("deploys to the same address, however often", async () => {
    const first = await deploy()
    assert.equal(first.code, 0, first.stderr)
    assert.match(first.stderr, /deployed AnchorRegistry to 0x/)
    const addresses = first.stdout.match(/AnchorRegistry\s+(0x[0-9a-f]{40})/)
    assert.ok(addresses?.[1])
    registry = addresses[1] as Hex
    const second = await deploy()
    assert.equal(second.stdout, first.stdout)
    assert.match(second.stderr, /AnchorRegistry is at 0x[0-9a-f]{40} already/)
    assert.doesNotMatch(second.stderr, /^deployed/m)
  })
  it("deploys to no chain but the one named", async () => {
    const wrong = await deploy("--chain", "80002")
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /^error: http:\/\/127\.0\.0\.1:\d+ serves chain 31337, not 80002\nhint: name a node/)
  })
  it("enters a deployment in the protocol's table as source text", async () => {
    const table = "export const DEPLOYMENTS: { readonly [chainId: number]: Deployment } = {}\n"
    const deployment = JSON.parse(readFileSync(record, "utf8"))
    const text = tableText(table, { 137: { ...deployment, chainId: 137 } })
    assert.deepEqual(JSON.parse(text.slice(text.indexOf("= ") + 2)), { 137: { ...deployment, chainId: 137 } })
    assert.throws(() => tableText("", {}))
  })

  const device = ed25519Device()
  const enrolment = (chainId = 31337) => {
    const place = messages({ chainId, registry })
    const signature = device.sign(place.enrolment(device.id, operator, voucher, 3, EVIDENCE))
    const terms = { operator, voucher, boundary: "rack", evidence: EVIDENCE }
    return { scheme: 1, key: device.key, device: device.id, chainId, registry, ...terms, signature }
  }

  it("asks before what is final, and has nobody to ask without a terminal", async () => {
    const { code, stderr } = await cli(VOUCHER, "vouch", device.id, operator, EVIDENCE)
    assert.equal(code, 2)
    assert.match(stderr, /this is final: you vouch for[\s\S]*no terminal[\s\S]*--yes/)
  })
  it("vouches, revises, enrols, shows, lists, withdraws", async () => {
    assert.equal((await cli(VOUCHER, "vouch", device.id, operator, EVIDENCE, "--yes")).code, 0)
    const other = `0x${"9".repeat(64)}` as const
    assert.equal((await cli(VOUCHER, "revise", device.id, other, "--yes")).code, 0)
    const early = await cli(OPERATOR, "enrol", file("enrolment.json", enrolment()), "--yes")
    assert.equal(early.code, 1)
    assert.match(early.stderr, /EvidenceMismatch\(0x9{64}/)
    assert.equal((await cli(VOUCHER, "revise", device.id, EVIDENCE, "--yes")).code, 0)
    const enrolled = await cli(OPERATOR, "enrol", file("enrolment.json", enrolment()), "--yes", "--json")
    assert.match(JSON.parse(enrolled.stdout).transaction, /^0x[0-9a-f]{64}$/)
    const shown = JSON.parse((await cli("", "show", device.id, "--json")).stdout)
    assert.deepEqual([shown.state, shown.nextRun, shown.evidence, shown.roots], ["active", "0", EVIDENCE, []])
    assert.equal(shown.boundary, "rack")
    const ledger = ledgerIdOf(operator.toLowerCase() as Hex, voucher.toLowerCase() as Hex)
    const listed = JSON.parse((await cli("", "list", "--operator", operator, "--voucher", voucher, "--json")).stdout)
    assert.deepEqual(
      [listed.ledger, listed.ledgers, listed.devices[0].device, listed.checkpoints, listed.suspicions],
      [ledger, [ledger], device.id, [], []],
    )
    assert.deepEqual(
      [listed.devices[0].boundary, listed.devices[0].state, listed.vouchedCount],
      ["rack", "active", "1"],
    )
    const people = (await cli("", "list", "--operator", operator, "--voucher", voucher)).stdout
    assert.match(people, /^devices +1 enrolled, \d vouched for$/m)
    assert.match(people, /^0x[0-9a-f]{64} +rack +active +0 +20/m)
    const forPeople = (await cli("", "show", device.id)).stdout
    assert.match(forPeople, /^withdrawn +never$/m)
    for (const text of [people, forPeople]) assert.doesNotMatch(text, /18446744073709551615|[{}]/)
    // Whoever asks for one of an operator's ledgers, or for none of them, is told of all.
    const unknown = JSON.parse((await cli("", "list", "--operator", operator, "--voucher", operator, "--json")).stdout)
    assert.deepEqual([unknown.deviceCount, unknown.ledgers], ["0", [ledger]])
    assert.equal((await cli(VOUCHER, "withdraw", device.id, "--since", "1000", "--yes")).code, 0)
    assert.equal(JSON.parse((await cli("", "show", device.id, "--json")).stdout).state, "withdrawn")
  })
  it("retires a device by what it signed, with a key from a keystore", async () => {
    const signature = device.sign(messages({ chainId: 31337, registry }).retirement(device.id, 3n))
    const signed = file("retirement.json", { chainId: 31337, registry, device: device.id, runs: "3", signature })
    const environment = { WATTEST_RPC: url, WATTEST_KEY: file("key.json", keystoreOf(VOUCHER, "correct")) }
    const run = (password: string) =>
      execute(["registry/src/main.ts", "retire", signed, "--yes", "--registry", registry], {
        ...environment,
        WATTEST_KEY_PASSWORD: password,
      })
    const wrong = await run("wrong")
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /key\.json: wrong password/)
    assert.equal((await run("correct")).code, 0)
    assert.equal(JSON.parse((await cli("", "show", device.id, "--json")).stdout).runs, "3")
  })
  it("says what the registry refuses, and sends nothing", async () => {
    const { code, stderr } = await cli(VOUCHER, "vouch", device.id, operator, EVIDENCE, "--yes")
    assert.equal(code, 1)
    assert.match(stderr, /AlreadyEnrolled\(0x/)
    const early = await cli(VOUCHER, "withdraw", device.id, "--since", "2100-01-01", "--yes")
    assert.match(early.stderr, /SinceInFuture\(20[0-9T:-]+Z, 2100-01-01T00:00:00Z\)/)
  })
  it("refuses a message for another chain, malformed operands and no key", async () => {
    const elsewhere = await cli(OPERATOR, "enrol", file("elsewhere.json", enrolment(137)), "--yes")
    assert.equal(elsewhere.code, 2)
    assert.match(elsewhere.stderr, /signed for registry 0x.* on chain 137/)
    for (const args of [
      ["show", "0x12"],
      ["show"],
      ["vouch", "a", "b", "c"],
      ["fly"],
      ["show", device.id, "--loud"],
      ["revise", device.id, "0x12"],
    ])
      assert.equal((await cli(OPERATOR, ...args)).code, 2, args.join(" "))
    assert.equal((await cli("", "vouch", device.id, operator, EVIDENCE, "--yes")).code, 2)
  })
  it("tells an unreachable chain from a refusal", async () => {
    const { code, stderr } = await cli(OPERATOR, "show", device.id, "--rpc", `http://127.0.0.1:${await freePort()}`)
    assert.equal(code, 3)
    assert.match(
      stderr,
      /^error: http:\/\/127\.0\.0\.1:\d+: nothing listens there\nhint: check the URL and the network\n$/,
    )
  })
  it("prints its usage", async () => {
    const { code, stdout } = await cli("", "--help")
    assert.equal(code, 0)
    assert.match(stdout, /^usage: wattest-registry COMMAND/)
  })
}).timeout(120_000)
