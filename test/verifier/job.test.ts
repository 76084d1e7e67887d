import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeCertificate, groupsOf, type Hex, toJson } from "@wattest/protocol"
import { idOf, type JobStory, jobBytes, type ToldJob, tellJob, withoutDevice } from "@wattest/testkit/conformance/job"
import type { Unsigned } from "@wattest/testkit/conformance/readings"
import { START_MS } from "@wattest/testkit/conformance/story"
import {
  type JobClaim,
  type JobResult,
  jobModel,
  jobReportShape,
  renderJobHtml,
  renderJobText,
  verifyCertificate,
  verifyJob,
} from "@wattest/verifier"
import { checkRuns, type JobSubject } from "../../verifier/src/job/checks.ts"
import { type Member, memberOf } from "../../verifier/src/job/member.ts"
import { partsOf } from "../../verifier/src/job/tally.ts"
import { partWords } from "../../verifier/src/report/job/words.ts"
import { OFFLINE } from "./judging.ts"

const PAIR: JobStory = { parts: [{ devices: ["left", "right"] }] }
const REPLACED: JobStory = {
  parts: [{ devices: ["left", "right"], interrupted: ["left", "right"] }, { devices: ["left", "third"] }],
}
/** What a report says of a part beside its claim. */
const REPORTED = { startTimeMs: 0, endTimeMs: 1, energyJoules: 1, uncertaintyJoules: 1, workUnits: "1" }
/** How long a run of a told job takes. */
const RUN_MS = 30_000

async function* piecesOf(bytes: Uint8Array, size = bytes.length) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const judgeTold = (told: ToldJob) => verifyJob(piecesOf(jobBytes(told)), told.policy, OFFLINE)
const judge = (story: JobStory) => judgeTold(tellJob(story))
const codeOf = ({ verdict }: JobResult) => (verdict.status === "valid" ? "valid" : verdict.code)

async function claimOf(story: JobStory): Promise<JobClaim> {
  const { verdict } = await judge(story)
  assert.ok(verdict.status === "valid", verdict.status === "valid" ? "" : `${verdict.code}: ${verdict.detail}`)
  return verdict.claim
}
const amountOf = ({ quantities }: JobClaim, name: string) => quantities.find(({ id }) => id === name)?.value

/** A capture without what closes a run. */
function withoutClosing(given: Unsigned): Unsigned {
  const { closing: _, ...sources } = given.sources
  return { ...given, sources }
}

/** A story in which something is special with one device. */
const only = (story: JobStory, name: string, special: Required<JobStory>["device"]): JobStory => ({
  ...story,
  device: (device) => (device === name ? special(device) : {}),
})

describe("a job of several devices", () => {
  it("is the sum of its certificates, uncertainties too", async () => {
    const told = tellJob(PAIR)
    const alone = []
    for (const { certificate } of told.certificates) {
      const { verdict } = await verifyCertificate(encodeCertificate(certificate), told.policy, OFFLINE)
      assert.ok(verdict.status === "valid")
      alone.push(verdict.claim.totals.registers)
    }
    const { totals, devices, runs } = await claimOf(PAIR)
    for (const name of ["energyMillijoules", "uncertaintyMillijoules", "workUnits", "acceleratorMillijoules"] as const)
      assert.equal(
        totals.registers[name],
        alone.reduce((sum, registers) => sum + registers[name], 0n),
        name,
      )
    assert.ok(totals.registers.energyMillijoules > 0n)
    assert.deepEqual([devices, runs], [2, 2])
  })

  it("counts what all devices count alike once, the least of it", async () => {
    const [apart, shared] = [
      await claimOf(PAIR),
      await claimOf({ parts: [{ devices: ["left", "right"], sharedWork: true }] }),
    ]
    assert.equal(shared.totals.registers.workUnits * 2n, apart.totals.registers.workUnits)
    assert.equal(shared.totals.registers.energyMillijoules, apart.totals.registers.energyMillijoules)
    assert.equal(amountOf(shared, "energy-per-work"), (amountOf(apart, "energy-per-work") ?? 0) * 2)
  })

  it("has the failed part in its energy to solution, and lasts from part to part, not from device to device", async () => {
    const claim = await claimOf(REPLACED)
    const sum = claim.parts.reduce((total, { totals }) => total + totals.registers.energyMillijoules, 0n)
    assert.equal(amountOf(claim, "energy-to-solution"), Number(sum) / 1000)
    assert.equal(amountOf(claim, "duration"), (2 * RUN_MS) / 1000)
    assert.equal(amountOf(claim, "mean-power"), Number(sum) / 1000 / ((2 * RUN_MS) / 1000))
    const said = claim.parts.map(({ outcome, joined, left, gapMs }) => ({ outcome, joined, left, gapMs }))
    assert.deepEqual(said, [
      { outcome: "failed", joined: [], left: [], gapMs: null },
      { outcome: "complete", joined: [idOf("third")], left: [idOf("right")], gapMs: 0 },
    ])
  })

  it("has no energy to solution where its last part failed, or a part lacks a device", async () => {
    const failed = await claimOf({ parts: [{ devices: ["left", "right"], interrupted: ["right"] }] })
    assert.equal(amountOf(failed, "energy-to-solution"), undefined)
    const told = withoutDevice(
      tellJob({ ...REPLACED, policy: (given) => ({ ...given, jobs: { failedParts: [0] } }) }),
      "right",
    )
    const parts = told.header.parts.map((part, i) => ({ ...part, incomplete: i === 0 }))
    const { verdict } = await judgeTold({ ...told, header: { ...told.header, parts } })
    assert.ok(verdict.status === "valid")
    assert.equal(verdict.claim.parts[0]?.outcome, "incomplete")
    assert.deepEqual(verdict.claim.parts[0]?.missing, [idOf("right")])
    assert.equal(amountOf(verdict.claim, "energy-to-solution"), undefined)
    assert.notEqual(amountOf(verdict.claim, "energy"), undefined)
  })

  it("accepts one part as failed and not the other", async () => {
    const told = withoutDevice(
      tellJob({ ...REPLACED, policy: (given) => ({ ...given, jobs: { failedParts: [1] } }) }),
      "right",
    )
    const parts = told.header.parts.map((part, i) => ({ ...part, incomplete: i === 0 }))
    assert.equal(codeOf(await judgeTold({ ...told, header: { ...told.header, parts } })), "JOB_PART_INCOMPLETE")
  })

  it("ran together where there is a moment at which all devices ran, to the millisecond", async () => {
    const later = (ms: number) => only(PAIR, "right", () => ({ startMs: START_MS + ms }))
    assert.equal(codeOf(await judge(later(RUN_MS - 1))), "valid")
    assert.equal(codeOf(await judge(later(RUN_MS))), "JOB_TIMES_APART")
  })

  it("may span grids and places, and names them", async () => {
    const { zones } = await claimOf(only(PAIR, "right", () => ({ labels: (given) => ({ ...given, zone: "FR" }) })))
    assert.deepEqual([...zones].sort(), ["DE", "FR"])
  })

  it("shows beside a device that was cut off what it metered until it was back", async () => {
    const cut: JobStory = {
      ...only(PAIR, "right", () => ({ closing: () => undefined })),
      parts: [{ devices: ["left", "right"], interrupted: ["right"] }],
    }
    assert.equal(
      codeOf(await judge({ ...cut, bridged: ["right"] })),
      "JOB_CERTIFICATE_MISSING",
      "the bridge is cut off too",
    )
    const closed: JobStory = {
      ...cut,
      device: (name) =>
        name === "right" ? { reading: (given, run) => (run === 0n ? withoutClosing(given) : given) } : {},
    }
    assert.equal(codeOf(await judge({ ...closed, bridged: ["right"] })), "valid")
    assert.equal(codeOf(await judge(closed)), "JOB_CERTIFICATE_MISSING")
  })

  describe("with a void run between those of a device", () => {
    const VOID: Hex = `0x${"00".repeat(32)}`
    const cut: JobStory = {
      parts: [{ devices: ["right"], interrupted: ["right"] }],
      bridged: ["right"],
      device: () => ({ reading: (given, run) => (run === 0n ? withoutClosing(given) : given) }),
    }
    let before: Member
    let after: Member
    let subject: JobSubject
    beforeEach(async () => {
      const told = tellJob(cut)
      const members: Member[] = []
      for (const { certificate } of told.certificates) {
        const { verdict } = await verifyCertificate(encodeCertificate(certificate), told.policy, OFFLINE)
        assert.ok(verdict.status === "valid")
        members.push(memberOf(verdict.claim))
      }
      const [first, second] = members
      assert.ok(first && second)
      const beside = { before: [], after: [] }
      ;[before, after] = [
        { ...first, beside },
        { ...second, beside, firstRun: second.firstRun + 1n, lastRun: second.lastRun + 1n },
      ]
      subject = { header: told.header, groups: groupsOf(told.header), members }
    })
    const runs = (changed: Partial<Member> = {}, earlier: Partial<Member> = {}) =>
      checkRuns({
        ...subject,
        members: [
          { ...before, ...earlier },
          { ...after, ...changed },
        ],
      })

    it("holds it, and shows it", () => {
      runs()
      runs({ beside: { before: [VOID], after: [] } }, { beside: { before: [], after: [VOID, idOf("left")] } })
      const [part] = partsOf({ ...subject, members: [before, after] })
      assert.equal(part?.voids, 1)
      assert.match(partWords({ ...part, ...REPORTED }, { unit: "token" }).join(), /1 void run between those shown/)
      assert.equal(partsOf(subject)[0]?.voids, 0)
    })

    for (const [what, changed] of [
      ["time passed in it", ({ startMs }: Member) => ({ startMs: startMs + 1 })],
      [
        "energy was drawn in it",
        ({ lifetime }: Member) => ({ lifetime: { ...lifetime, before: lifetime.before + 1n } }),
      ],
      ["books were lost after it", () => ({ isBroken: true })],
      ["a submission shows that it has a root", () => ({ beside: { before: [idOf("left")], after: [] } })],
    ] as const)
      it(`is refused where ${what}`, () => {
        assert.throws(() => runs(changed(after)), { code: "JOB_CERTIFICATE_MISSING" })
      })

    it("is refused where an earlier submission shows its root, or the device had ended before it", () => {
      const shown = { beside: { before: [], after: [idOf("left")] } }
      assert.throws(() => runs({}, shown), { code: "JOB_CERTIFICATE_MISSING" })
      assert.throws(() => runs({}, { goesOn: false }), { code: "JOB_CERTIFICATE_MISSING" })
    })
  })

  it("is judged by the gravest of its certificates", async () => {
    const story = only(PAIR, "right", () => ({ proof: () => undefined }))
    assert.equal(codeOf(await judge(story)), "PROOF_ABSENT")
    const stranger: JobStory = { ...story, policy: (given) => ({ ...given, ledgers: [] }) }
    assert.equal(codeOf(await judge(stranger)), "LEDGER_NOT_ACCEPTED")
  })

  it("is read line by line, and no further than its first refused certificate", async () => {
    const { header, certificates, policy } = tellJob(PAIR)
    const [first, second] = certificates
    assert.ok(first && second)
    const forged = {
      ...first,
      certificate: { ...first.certificate, runs: first.certificate.runs.map((run) => ({ ...run, run: 9n })) },
    }
    const bytes = jobBytes({ header, certificates: [forged, second] })
    let served = 0
    async function* counted() {
      for await (const piece of piecesOf(bytes, 1024)) {
        served += piece.length
        yield piece
      }
    }
    const { verdict } = await verifyJob(counted(), policy, OFFLINE)
    assert.equal(verdict.status, "invalid")
    assert.ok(served < bytes.length * 0.7, `${served} of ${bytes.length} bytes`)
  })

  it("ends in a verdict whatever byte is changed", async () => {
    const told = tellJob(PAIR)
    const bytes = jobBytes(told)
    for (let i = 0; i < 40; i++) {
      const at = Math.floor((i * bytes.length) / 40)
      const changed = bytes.slice()
      changed[at] = ((changed[at] as number) + 1 + (i % 7)) % 128
      const { verdict } = await verifyJob(piecesOf(changed), told.policy, OFFLINE)
      assert.notEqual(verdict.status, "valid", `byte ${at}`)
    }
  })
})

const modelOf = async (name: string, told: Parameters<typeof judgeTold>[0]) =>
  jobModel(
    { name, sha256: `0x${"00".repeat(32)}`, bytes: 1, result: await judgeTold(told) },
    { policy: told.policy, time: null },
  )

describe("the report on a job", () => {
  it("tells people of parts, devices that changed, and the rule of the uncertainty", async () => {
    const told = tellJob(REPLACED)
    const text = renderJobText(await modelOf("a.job.ndjson", told))
    assert.match(text, /^VALID\n/)
    assert.match(text, /part 0: failed, 2 devices: [\d.\u202f]+ J ± /)
    assert.match(text, /part 1: complete, 2 devices: .*, each device its own$/m)
    const shared = tellJob({ parts: [{ devices: ["left", "right"], sharedWork: true }] })
    assert.match(renderJobText(await modelOf("b", shared)), /, which all devices counted alike$/m)
    assert.match(text, new RegExp(`new in this part: ${idOf("third")}`))
    assert.match(text, new RegExp(`no more in this part: ${idOf("right")}`))
    assert.match(text, /Uncertainty +added linearly/)
  })

  it("is one page by itself, in which no label is markup, and a machine reads its published form", async () => {
    const story: JobStory = { ...PAIR, device: () => ({ labels: (given) => ({ ...given, model: "<b>llama" }) }) }
    const told = tellJob(story)
    const model = await modelOf("a", told)
    assert.equal(model.verdict.status, "valid")
    const page = renderJobHtml(model)
    assert.ok(page.includes("&lt;b&gt;llama") && !page.includes("<b>llama"))
    assert.doesNotMatch(page, /<script|https?:\/\//)
    assert.deepEqual(jobReportShape(JSON.parse(JSON.stringify(model)), "report"), JSON.parse(JSON.stringify(model)))
  })

  it("shows no number of a job that is refused", async () => {
    const told = withoutDevice(tellJob(PAIR), "left")
    const model = await modelOf("a", told)
    const { subject, parts, quantities } = model
    assert.deepEqual([subject, parts, quantities], [null, [], []])
    assert.doesNotMatch(renderJobText(model), /\n\n\n/)
  })
})

describe("the command and jobs", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-jobs-"))
  const policyFile = join(folder, "policy.json")
  const jobFile = join(folder, "pair.job.ndjson")
  const told = tellJob(PAIR)
  before(() => {
    writeFileSync(jobFile, jobBytes(told))
    writeFileSync(policyFile, JSON.stringify(toJson(told.policy)))
  })
  after(() => rmSync(folder, { recursive: true }))

  const verify = (args: readonly string[], input?: Uint8Array, policy = policyFile) => {
    const options = { encoding: "utf8", ...(input && { input }) } as const
    return spawnSync(process.execPath, ["verifier/src/main.ts", ...args, "--policy", policy, "--offline"], options)
  }

  it("judges one from a file and from standard input, and holds a budget against it", () => {
    assert.match(verify([jobFile]).stdout, /^VALID/)
    assert.match(verify(["-"], jobBytes(told)).stdout, /^VALID/)
    const budget = verify([jobFile, "--expect", "energy-per-work <= 1 MJ/token", "--line"])
    assert.match(budget.stdout, /^VALID .*energy-per-work <= 1 MJ\/token: /)
    assert.equal(verify([jobFile, "--expect", "energy-per-work <= 1 mJ/token", "--line"]).status, 5)
  })

  const textOf = (lines: readonly string[]) => lines.join("")

  it("judges the evidence of its runs beside one, and demands that of all where the policy does", () => {
    const files = told.evidence.map((lines, i) => {
      const path = join(folder, `${i}.evidence.ndjson`)
      writeFileSync(path, textOf(lines))
      return path
    })
    const [left = "", right = ""] = files
    const beside = (...paths: readonly string[]) => paths.flatMap((path) => ["--evidence", path])
    const shown = verify([jobFile, ...beside(left, right)])
    assert.match(shown.stdout, /^VALID/)
    assert.match(shown.stdout, /4 captures of device 0x[0-9a-f]{64}, run 0/)
    const demanding = join(folder, "demanding.json")
    writeFileSync(demanding, JSON.stringify(toJson({ ...told.policy, require: ["evidence"] })))
    const demand = (...paths: readonly string[]) => verify([jobFile, ...beside(...paths)], undefined, demanding)
    assert.equal(demand(left, right).status, 0)
    const lacking = demand(left)
    assert.deepEqual([lacking.status, /run 0 has no full evidence/.test(lacking.stdout)], [3, true])
    const refused = (text: string, code: RegExp) => {
      const path = join(folder, "forged.ndjson")
      writeFileSync(path, text)
      const { status, stdout } = verify([jobFile, ...beside(left, path)])
      assert.equal(status, 1, stdout)
      assert.match(stdout, code)
    }
    const text = readFileSync(right, "utf8")
    const changed = text.replace(
      /"energyMillijoules":"(\d)/,
      (_, digit: string) => `"energyMillijoules":"${(Number(digit) + 1) % 10}`,
    )
    assert.notEqual(changed, text)
    refused(changed, /^INVALID [A-Z_]+[^\n]*\n {2}.*forged\.ndjson: /)
    refused(text.slice(0, -2), /INVALID/)
    refused("nonsense", /INVALID/)
    refused(readFileSync(left, "utf8"), /RUN_DEVICE_MISMATCH.*\n.*has two files of evidence/)
    const [foreign = []] = tellJob({ parts: [{ devices: ["third", "right"] }] }).evidence
    refused(textOf(foreign), /RUN_DEVICE_MISMATCH.*\n.*the job has no run/)
  })

  it("judges one among many documents, each of which has its page, and holds them against each other", () => {
    const many = join(folder, "many")
    mkdirSync(many)
    writeFileSync(join(many, "pair.job.ndjson"), jobBytes(told))
    const [first] = told.certificates
    assert.ok(first)
    writeFileSync(join(many, "left.certificate.json"), encodeCertificate(first.certificate))
    const pages = join(folder, "pages")
    const { status, stdout } = verify([many, "--html", pages, "--json"])
    assert.equal(status, 0, stdout)
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    const job = lines.find(({ kind }) => kind === "job")
    assert.equal(job.verdict.status, "valid")
    assert.ok(job.report.quantities.some(({ id }: { id: string }) => id === "energy"))
    assert.match(readFileSync(join(pages, job.page), "utf8"), /<h2>Parts<\/h2>/)
    const codes = lines.filter(({ type }) => type === "finding").map(({ code }) => code)
    assert.ok(codes.includes("RUN_REPEATED") && !codes.includes("JOB_NOT_SHOWN"), codes.join())
  })
})
