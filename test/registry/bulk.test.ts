import assert from "node:assert/strict"
import { execFile, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ANCHORS_ABI } from "@wattest/chain"
import { type Device, ed25519Device, messages, p256Device } from "@wattest/testkit/contracts/device"
import { LOCAL_KEYS } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { until } from "@wattest/testkit/local/processes"
import { createPublicClient, type Hex, http, keccak256, pad, parseEventLogs, toHex } from "viem"
import { privateKeyToAccount } from "viem/accounts"

const MAIN = "registry/src/main.ts"
const [operator, voucher] = [LOCAL_KEYS.deployer, LOCAL_KEYS.operator].map(
  (key) => privateKeyToAccount(key as Hex).address.toLowerCase() as Hex,
) as [Hex, Hex]
const evidenceOf = (i: number) => keccak256(toHex(i))

type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string }

describe("vouching and enrolling by a table", function () {
  this.timeout(300_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-bulk-"))
  let anvil: Anvil
  let registry: Hex
  const environment = (account: Hex, rpc = anvil.url) => ({
    ...{ PATH: process.env.PATH ?? "", HOME: folder, NO_COLOR: "1", WATTEST_RPC: rpc },
    WATTEST_KEY: `${anvil.url}#${account}`,
  })
  const argumentsOf = (words: readonly string[]) => [MAIN, ...words, "--registry", registry]
  const runIn = (env: NodeJS.ProcessEnv, words: readonly string[]) =>
    new Promise<Outcome>((resolve) => {
      execFile(process.execPath, argumentsOf(words), { env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      )
    })
  const cli = (account: Hex, ...words: string[]) => runIn(environment(account), words)
  /** A node that is not there: what is refused without it was refused before it was asked. */
  const alone = (...words: string[]) => runIn(environment(voucher, "http://127.0.0.1:9"), words)
  const table = (name: string, lines: readonly string[]) => {
    const path = join(folder, name)
    writeFileSync(path, `${lines.join("\n")}\n`)
    return path
  }
  const client = () => createPublicClient({ transport: http(anvil.url) })
  const nonceOf = (address: Hex) => client().getTransactionCount({ address })
  const vouched = async () =>
    parseEventLogs({
      abi: ANCHORS_ABI,
      eventName: "Vouched",
      logs: await client().getLogs({ address: registry, fromBlock: 0n }),
    }).map(({ args }) => args)

  before(async () => {
    anvil = await startAnvil({ mining: "each" })
    const env = environment(operator)
    const deployed = await new Promise<string>((resolve, reject) => {
      const words = [MAIN, "deploy", "--record", join(folder, "record.json")]
      execFile(process.execPath, words, { env }, (error, stdout) => (error ? reject(error) : resolve(stdout)))
    })
    registry = /AnchorRegistry\s+(0x[0-9a-f]{40})/.exec(deployed)?.[1] as Hex
  })
  after(async () => {
    await anvil.stop()
    rmSync(folder, { recursive: true })
  })

  const HEAD = "device,operator,evidence"
  const vouchLine = (device: Hex, i: number) => `${device},${operator},${evidenceOf(i)}`

  it("names each wrong line before anything is asked or sent", async () => {
    const good = pad("0x1234")
    const path = table("wrong.csv", [
      HEAD,
      vouchLine(good, 1),
      `0x12,${operator},${evidenceOf(2)}`,
      `=cmd|' /C calc'!A0,${operator},${evidenceOf(3)}`,
      `${pad("0x05")},nobody,${evidenceOf(4)}`,
      vouchLine(good, 1),
    ])
    const { code, stderr } = await cli(voucher, "vouch", "--from", path, "--yes")
    assert.equal(code, 2)
    assert.match(stderr, /4 of 5 lines are wrong/)
    for (const line of [3, 4, 5]) assert.match(stderr, new RegExp(`line ${line}: (?:device|operator) "`))
    assert.match(stderr, /line 6: names 0x0+1234, as line 2 does/)
    assert.equal(await nonceOf(voucher), 0)
  })

  for (const [what, lines, said] of [
    ["other columns", ["device,evidence", "0x1,0x2"], /the columns are device,evidence, not device,operator,evidence/],
    ["a line of another length", [HEAD, "0x1,0x2"], /line 2: 2 values in place of 3/],
    ["no line", [HEAD], /has no line but the first/],
    ["nothing at all", [], /is empty/],
    ["quotes", [HEAD, vouchLine(pad("0x77"), 1).replaceAll(/[^,]+/g, '"$&"')], /line 2: device "\\"0x/],
  ] as const)
    it(`refuses a table with ${what}, and asks no node`, async () => {
      const { code, stderr } = await alone("vouch", "--from", table("bad.csv", lines), "--yes")
      assert.deepEqual([code, said.test(stderr)], [2, true], stderr)
    })

  it("refuses a folder, a workbook, and a table of which no end is in sight", async () => {
    const workbook = table("book.xlsx", ["PK\u0003\u0004"])
    for (const [path, said] of [
      [folder, /error: .*wattest-bulk-.*: this is a folder, not a file/],
      [workbook, /book\.xlsx is a zip archive, not a table/],
      ["/dev/zero", /error: \/dev\/zero is too long/],
    ] as const) {
      const { code, stderr } = await alone("vouch", "--from", path, "--yes")
      assert.deepEqual([code, said.test(stderr)], [2, true], stderr)
    }
  })

  it("takes a table as spreadsheets write it: a mark of its bytes, ends of lines of two", async () => {
    const path = table("sheet.csv", [`\uFEFF${HEAD}\r`, `${vouchLine(pad("0x77"), 1)}\r`, "\r"])
    const { code, stderr } = await cli(voucher, "vouch", "--from", path)
    assert.deepEqual([code, /1 line: 0 are done, 1 are left/.test(stderr)], [2, true], stderr)
    assert.equal((await alone("vouch", "--from", path, "--yes")).code, 3)
  })

  it("reads what devices signed before it asks a node", async () => {
    for (const [words, said] of [
      [["enrol", join(folder, "none.json")], /none\.json: there is no such file/],
      [["retire", join(folder, "none.json")], /none\.json: there is no such file/],
      [["enrol", "--from", table("none.csv", ["enrolment", "none.json", "."])], /line 2: .*none\.json.*\nline 3: /],
    ] as const) {
      const { code, stderr } = await alone(...words, "--yes")
      assert.deepEqual([code, said.test(stderr)], [2, true], stderr)
    }
  })

  it("says what it costs before it asks, and sends nothing without an answer", async () => {
    const path = table("asked.csv", [HEAD, ...[1, 2, 3].map((i) => vouchLine(pad(toHex(0x900 + i)), i))])
    const { code, stderr } = await cli(voucher, "vouch", "--from", path)
    assert.equal(code, 2)
    assert.match(stderr, /3 lines: 0 are done, 3 are left/)
    assert.match(stderr, /3 transactions, \d+ gas: [\d.e-]+ of the chain's coin at [\d.]+ gwei, at most/)
    assert.match(stderr, /this is final: 3 times/)
    assert.equal(await nonceOf(voucher), 0)
  })

  it("sends nothing where the account cannot pay for all", async () => {
    const poor = privateKeyToAccount(LOCAL_KEYS.voucher as Hex).address.toLowerCase() as Hex
    const held = await client().getBalance({ address: poor })
    await anvil.rpc("anvil_setBalance", poor, "0x1")
    const { code, stderr } = await cli(
      poor,
      "vouch",
      "--from",
      table("poor.csv", [HEAD, vouchLine(pad("0x88"), 1)]),
      "--yes",
    )
    assert.equal(code, 1)
    assert.match(stderr, /does not pay for it|cannot pay/)
    await anvil.rpc("anvil_setBalance", poor, toHex(held))
  })

  const devices: Device[] = Array.from({ length: 48 }, (_, i) => (i % 8 === 7 ? p256Device() : ed25519Device()))

  it("vouches for each device once, though it was killed twice on the way", async () => {
    const path = table("devices.csv", [HEAD, ...devices.map(({ id }, i) => vouchLine(id, i))])
    await anvil.rpc("evm_setAutomine", false)
    await anvil.rpc("evm_setIntervalMining", 1)
    for (const least of [1, 17]) {
      const child = spawn(process.execPath, argumentsOf(["vouch", "--from", path, "--yes"]), {
        env: environment(voucher),
        stdio: "ignore",
      })
      // Some are in blocks then, and others on their way.
      await until("vouches", async () => ((await nonceOf(voucher)) >= least ? true : null))
      const ended = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGKILL")
      await ended
    }
    assert.ok((await vouched()).length < devices.length)
    const { code, stdout, stderr } = await cli(voucher, "vouch", "--from", path, "--yes", "--json")
    assert.equal(code, 0, stderr)
    const { lines, before, sent } = JSON.parse(stdout)
    assert.ok(before > 0 && before + sent === lines, stdout)
    const all = await vouched()
    assert.deepEqual(all.map(({ device }) => device).sort(), devices.map(({ id }) => id).sort())
    assert.equal(await nonceOf(voucher), devices.length, "a transaction was sent in vain")
    const again = JSON.parse((await cli(voucher, "vouch", "--from", path, "--yes", "--json")).stdout)
    assert.deepEqual(again, { lines: devices.length, before: devices.length, sent: 0, refused: [] })
  })

  it("enrols the devices by what they signed, and names by line those that the registry refuses", async () => {
    await anvil.rpc("evm_setAutomine", true)
    mkdirSync(join(folder, "signed"))
    const place = messages({ chainId: 31337, registry })
    const chosen = devices.slice(0, 10)
    for (const [i, { id, scheme, key, sign }] of chosen.entries()) {
      // The fourth signed another document than the one that is vouched for.
      const evidence = evidenceOf(i === 3 ? 999 : i)
      const signature = sign(place.enrolment(id, operator, voucher, 2, evidence))
      const terms = { operator, voucher, boundary: "node", evidence, signature }
      const signed = { chainId: 31337, registry, scheme, key, device: id, ...terms }
      writeFileSync(join(folder, "signed", `${i}.json`), JSON.stringify(signed))
    }
    const paths = chosen.map((_, i) => `signed/${i}.json`)
    const missing = await cli(
      operator,
      "enrol",
      "--from",
      table("missing.csv", ["enrolment", ...paths, "signed/none.json"]),
    )
    assert.equal(missing.code, 2)
    assert.match(missing.stderr, /line 12: .*none\.json/)
    const foreign = JSON.parse(readFileSync(join(folder, "signed", "0.json"), "utf8"))
    writeFileSync(join(folder, "signed", "foreign.json"), JSON.stringify({ ...foreign, chainId: 1 }))
    const others = table("foreign.csv", ["enrolment", "signed/1.json", "signed/foreign.json"])
    const nonce = await nonceOf(operator)
    for (const words of [["--from", others], [join(folder, "signed", "foreign.json")]]) {
      const { code, stderr } = await cli(operator, "enrol", ...words, "--yes")
      assert.deepEqual([code, await nonceOf(operator)], [2, nonce])
      assert.match(stderr, /(?:line 3|error): .*foreign\.json is signed for registry 0x\w+ on chain 1, this is/)
    }
    const path = table("enrolments.csv", ["enrolment", ...paths])
    const { code, stdout, stderr } = await cli(operator, "enrol", "--from", path, "--yes", "--json")
    assert.equal(code, 1)
    assert.match(stderr, /line 5: .*EvidenceMismatch[\s\S]*1 of 10 lines were not carried out/)
    assert.deepEqual([JSON.parse(stdout).sent, JSON.parse(stdout).refused.length], [9, 1])
    const again = await cli(operator, "enrol", "--from", path, "--yes", "--json")
    assert.deepEqual([JSON.parse(again.stdout).before, JSON.parse(again.stdout).sent], [9, 0])
  })

  it("leaves a vouch that says otherwise as it is, and says where", async () => {
    const path = table("other.csv", [HEAD, vouchLine(devices[20]?.id ?? "0x", 999), vouchLine(pad("0x99"), 1)])
    const { code, stderr } = await cli(voucher, "vouch", "--from", path, "--yes")
    assert.equal(code, 1)
    assert.match(stderr, /line 2: you vouched for it already/)
    assert.equal((await vouched()).length, devices.length + 1)
  })
})
