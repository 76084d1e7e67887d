import assert from "node:assert/strict"
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { enrolmentMessage, fromHex, type Hex, retirementMessage } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { attest } from "@wattest/testkit/attester/program"
import { SAMPLE_PATH } from "../../scripts/generate/sample-trace.ts"

const address = (digit: string): Hex => `0x${digit.repeat(40)}`

describe("a device", () => {
  let folder: string
  let home: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-"))
    home = join(folder, "device")
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const TARGET = ["--chain", "31337", "--registry", address("1")]
  const target = { chainId: 31337, registry: address("1") }

  for (const scheme of ["ed25519", "p256"])
    it(`keeps its ${scheme} key in a file of its own and signs one enrolment`, () => {
      const made = JSON.parse(attest("init", "--home", home, "--scheme", scheme, "--json").stdout)
      assert.equal(statSync(join(home, "key.pem")).mode & 0o777, 0o600)
      const voucher = address("3")
      const evidence = `0x${"e".repeat(64)}` as const
      const enrol = (operator: string, boundary = "rack") => {
        const terms = ["--operator", operator, "--voucher", voucher, "--boundary", boundary, "--evidence", evidence]
        return attest("enrol", "--home", home, ...terms, ...TARGET, "--json")
      }
      const signed = JSON.parse(enrol(address("2")).stdout)
      assert.deepEqual([signed.boundary, signed.evidence], ["rack", evidence])
      const terms = { operator: address("2"), voucher, boundary: "rack", evidence } as const
      const message = enrolmentMessage(target, made.device, terms)
      assert.ok(nodeSignatures({ scheme: made.scheme, key: made.key })(fromHex(signed.signature), message))
      assert.deepEqual(JSON.parse(enrol(address("2")).stdout), signed)
      for (const other of [enrol(address("4")), enrol(address("2"), "node")]) {
        assert.equal(other.status, 1)
        assert.match(other.stderr, /has signed its one enrolment: .*boundary rack/)
      }
      const elsewhere = attest("replay", SAMPLE_PATH, "--home", home, "--utc-offset", "Z", "--boundary", "node")
      assert.equal(elsewhere.status, 1)
      assert.match(elsewhere.stderr, /enrolled at boundary rack, this run is of node/)
      const there = attest("replay", SAMPLE_PATH, "--home", home, "--utc-offset", "Z", "--boundary", "rack", "--json")
      assert.equal(JSON.parse(there.stdout).run, "0")
    })

  it("is made once in a folder", () => {
    attest("init", "--home", home)
    const key = readFileSync(join(home, "key.pem"))
    const again = attest("init", "--home", home)
    assert.equal(again.status, 2)
    assert.match(again.stderr, /holds a device already/)
    assert.deepEqual(readFileSync(join(home, "key.pem")), key)
  })

  it("refuses a key file that others may read", () => {
    attest("init", "--home", home)
    chmodSync(join(home, "key.pem"), 0o640)
    const { status, stderr } = attest("replay", SAMPLE_PATH, "--home", home, "--utc-offset", "Z")
    assert.equal(status, 1)
    assert.match(stderr, /mode 640/)
  })

  it("retires after its last run and opens no more", () => {
    const made = JSON.parse(attest("init", "--home", home, "--json").stdout)
    const instant = "2026-01-05T09:01:00Z"
    const replay = (...window: readonly string[]) =>
      attest("replay", SAMPLE_PATH, "--home", home, "--utc-offset", "Z", ...window)
    assert.equal(replay("--to", instant).status, 0)
    const signed = JSON.parse(attest("retire", "--home", home, ...TARGET, "--json").stdout)
    assert.equal(signed.runs, "1")
    assert.ok(nodeSignatures(made)(fromHex(signed.signature), retirementMessage(target, made.device, 1n)))
    const after = replay("--from", instant)
    assert.equal(after.status, 1)
    assert.match(after.stderr, /retired after 1 run/)
  })

  it("retires without a run", () => {
    const made = JSON.parse(attest("init", "--home", home, "--json").stdout)
    const signed = JSON.parse(attest("retire", "--home", home, ...TARGET, "--json").stdout)
    assert.equal(signed.runs, "0")
    assert.ok(nodeSignatures(made)(fromHex(signed.signature), retirementMessage(target, made.device, 0n)))
  })

  it("says how it is used", () => {
    for (const args of [
      [],
      ["nonsense"],
      ["replay"],
      ["init", "--colour"],
      ["init", "--scheme", "rsa"],
      ["enrol", "--home", home],
    ]) {
      const { status, stdout, stderr } = attest(...args)
      assert.equal(status, 2, args.join(" "))
      assert.equal(stdout, "")
      assert.notEqual(stderr, "")
    }
    assert.equal(attest("--help").status, 0)
  })
})
