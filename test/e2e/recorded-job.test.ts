import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createDevice, Device, openKey, replay } from "@wattest/attester"
import { parseFiling } from "@wattest/disclosure"
import {
  encodeJobHeader,
  encodeProfile,
  groupsOf,
  type Hex,
  type JobHeader,
  parseJobHeader,
  toJson,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { attest } from "@wattest/testkit/attester/program"
import { anchorRuns, recordedPolicy, runIn } from "@wattest/testkit/attester/recorded"
import { ACCOUNTS } from "@wattest/testkit/conformance/keys"
import { skip } from "@wattest/testkit/skip"
import { judgeJob, type Policy } from "@wattest/verifier"
import { cellIn, profileOf } from "../disclosure/scene.ts"

const DATA = join(import.meta.dirname, "../../../shared/data/mlperf-training-v4.0-smc-64x8xH100")
const WINDOW = ["--from", "1715880103097", "--to", "1715880220313", "--clip", "--rating", "18000"]
/** What their submission to MLPerf counts: clipped to the readings within the window. */
const JOULES = 37.154e6

const command = (member: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${member}/src/main.ts`, ...args], {
    encoding: "utf8",
  })
  return { status, stdout, stderr }
}

describe("a job of 64 recorded nodes", function () {
  this.timeout(180_000)
  let folder: string
  let homes: readonly string[] = []
  let policy: Policy
  let document: string
  let blocks: Parameters<typeof recordedPolicy>[0] = []

  /** Anchors the run of each device in one block, which the policy then trusts. */
  async function anchor(devices: readonly string[], number: bigint): Promise<void> {
    blocks = [...blocks, await anchorRuns(devices, number)]
    policy = recordedPolicy(blocks)
  }

  before(async function () {
    if (!existsSync(DATA)) return skip(this, `${DATA} is absent`)
    folder = mkdtempSync(join(tmpdir(), "wattest-job-"))
    const names = readdirSync(DATA).filter((name) => /^node_[0-9]+\.txt$/.test(name))
    homes = names.map((name) => join(folder, name.replace(/\.txt$/, "")))
    for (const home of homes) await createDevice(home, { scheme: "ed25519" })
    const labels = ["--model", "llama2-70b", "--unit", "epoch", "--interval", "10min"]
    const how = [...WINDOW, ...labels, "--each", "--group", "llama-64", "--home", folder]
    const replayed = attest("replay", DATA, ...how, "--json")
    assert.equal(replayed.status, 0, replayed.stderr)
    await anchor(homes, 100n)
    document = join(folder, "llama.job.ndjson")
    const made = command("prover", "job", "--id", "llama-64", "--out", document, "--json", ...homes)
    assert.equal(made.status, 0, made.stderr)
    const { devices, parts, missing } = JSON.parse(made.stdout)
    assert.deepEqual([devices, parts, missing], [64, 1, 0])
  })
  after(() => {
    if (folder) rmSync(folder, { recursive: true })
  })

  const lines = () => readFileSync(document, "utf8").trimEnd().split("\n")

  async function* piecesOf(text: string) {
    yield new TextEncoder().encode(text)
  }
  const judged = (text: string, under = policy) =>
    judgeJob(
      { name: "job", pieces: piecesOf(text) },
      { policy: under, readers: { signatures: nodeSignatures, chain: null } },
    )

  async function codeOf(change: (header: JobHeader, certificates: readonly string[]) => string): Promise<string> {
    const [first = "", ...certificates] = lines()
    const { verdict } = await judged(change(parseJobHeader(first), certificates))
    return verdict.status === "valid" ? "valid" : verdict.code
  }
  const written = (header: JobHeader, certificates: readonly string[]) =>
    [
      encodeJobHeader({ ...header, certificates: certificates.length }),
      ...certificates.map((line) => `${line}\n`),
    ].join("")

  it("adds up to 37.154 MJ within 0.1 %, by the command", () => {
    const path = join(folder, "policy.json")
    writeFileSync(path, JSON.stringify(toJson(policy)))
    const { status, stdout, stderr } = command("verifier", document, "--policy", path, "--offline", "--json")
    assert.equal(status, 0, stdout + stderr)
    const { subject, quantities, parts } = JSON.parse(stdout)
    const energy = quantities.find(({ id }: { id: string }) => id === "energy")
    assert.ok(Math.abs(energy.value / JOULES - 1) < 0.001, `${energy.value} J`)
    assert.deepEqual([subject.devices, subject.origin, parts.length, parts[0].outcome], [64, "recorded", 1, "complete"])
    assert.ok(quantities.some(({ id }: { id: string }) => id === "energy-to-solution"))
  })

  it("fills the AI Act's form, within 1 % of the published 10.39 kWh", () => {
    const [policyFile, profile, out] = ["policy.json", "profile.json", "form.json"].map((name) => join(folder, name))
    writeFileSync(policyFile ?? "", JSON.stringify(toJson(policy)))
    writeFileSync(profile ?? "", encodeProfile(profileOf({ operator: ACCOUNTS.operator, sites: [], meters: [] })))
    const file = (job: string) => {
      const believed = ["--policy", policyFile ?? "", "--profile", profile ?? "", "--year", "2024", "--offline"]
      return command("disclosure", "file", "ai-act-annex-xi", document, ...believed, "--out", out ?? "", "--job", job)
    }
    const typo = file("llama-65")
    assert.deepEqual([typo.status, existsSync(out ?? "")], [2, false])
    assert.match(typo.stderr, /no document is of job "llama-65"\nhint: did you mean llama-64\?/)
    const { status, stderr } = file("llama-64")
    assert.equal(status, 0, stderr)
    const cells = parseFiling(readFileSync(out ?? ""))
    const energy = cellIn(cells, "energy")
    const kWh = energy.sources.reduce((all, { quantity }) => all + Number(quantity), 0) * 1000
    assert.ok(Math.abs(kWh / 10.39 - 1) < 0.01, `${kWh} kWh`)
    assert.ok(Math.abs((kWh * 3.6e6) / JOULES - 1) < 0.001, `${kWh} kWh`)
    // Two significant figures of MWh, as the published number has them too.
    assert.deepEqual([energy.value, energy.unit, energy.state, energy.evidence], ["0.010", "MWh", "filled", "declared"])
    assert.match(
      energy.notes.join("\n"),
      /^64 runs of recorded traces, which no device metered: the entity's own word$/m,
    )
    assert.deepEqual(
      energy.sources.map(({ kind }) => kind),
      ["job"],
    )
    assert.match(cellIn(cells, "method").value ?? "", /node of 64 devices \(.*; recorded\)/)
  })

  it("is refused with one node taken out, of the list or not", async () => {
    const without = (header: JobHeader, certificates: readonly string[]) => written(header, certificates.slice(1))
    assert.equal(await codeOf(written), "valid")
    assert.equal(await codeOf(without), "JOB_CERTIFICATE_MISSING")
    const unlisted = (header: JobHeader, certificates: readonly string[]) => {
      const parts = header.parts.map((part) => ({ ...part, devices: part.devices.slice(1) }))
      return without({ ...header, parts }, certificates)
    }
    assert.equal(await codeOf(unlisted), "JOB_GROUP_MISMATCH")
  })

  it("is refused with a foreign node, which is not in the list or which nobody knew of", async () => {
    const home = join(folder, "node_65")
    const { key } = await createDevice(home, { scheme: "ed25519" })
    const [group] = groupsOf(parseJobHeader(lines()[0] ?? ""))
    assert.ok(group)
    const device = await Device.open(home, await openKey(home))
    const tags = { model: "llama2-70b", unit: "epoch", zone: "", site: "", party: "" }
    const [from, to] = [WINDOW[1] ?? "", WINDOW[3] ?? ""]
    const traces = [join(DATA, "node_1.txt")]
    await replay(device, { traces, intervalMs: 600_000, from, to, coverage: "clip", ratingWatts: "18000", tags, group })
    await device.close()
    await anchor([home], 200n)
    const path = join(folder, "node_65.json")
    const made = command("prover", "certificate", "--home", home, "--runs", "0", "--out", path)
    assert.equal(made.status, 0, made.stderr)
    const line = readFileSync(path, "utf8").trimEnd()
    const keyOf = (certificate: string): string => JSON.parse(certificate).device.key
    const among = (certificates: readonly string[]) =>
      [...certificates, line].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    assert.equal(await codeOf((header, certificates) => written(header, among(certificates))), "JOB_DEVICE_FOREIGN")
    const listing = (header: JobHeader, certificates: readonly string[]) => {
      const parts = header.parts.map((part) => ({ ...part, devices: [...part.devices, key as Hex].toSorted() }))
      return written({ ...header, parts }, among(certificates))
    }
    assert.equal(await codeOf(listing), "JOB_GROUP_MISMATCH")
  })

  it("is not made where a device's folder is not there, and says whose", () => {
    const { status, stderr } = command(
      "prover",
      "job",
      "--id",
      "llama-64",
      "--plan",
      join(folder, "jobs"),
      ...homes.slice(1),
    )
    assert.equal(status, 1)
    const { record } = runIn(homes[0] ?? "")
    assert.match(stderr, new RegExp(`part 0, device ${record.device.key}: none of the archives holds a run of it`))
    assert.match(stderr, /--accept-failed 0/)
    const unlisted = command("prover", "job", "--id", "llama-64", ...homes.slice(1))
    assert.match(unlisted.stderr, /63 of 64 devices are here, and nothing lists the others/)
  })
})
