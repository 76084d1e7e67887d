import assert from "node:assert/strict"
import { encodeCertificate, groupsOf } from "@wattest/protocol"
import { type JobStory, jobBytes, tellJob, withoutDevice } from "@wattest/testkit/conformance/job"
import { verifyCertificate, verifyJob } from "@wattest/verifier"
import { checkRuns, type JobSubject } from "../../verifier/src/job/checks.ts"
import { type Member, memberOf } from "../../verifier/src/job/member.ts"
import { partsOf } from "../../verifier/src/job/tally.ts"
import { OFFLINE, piecesOf } from "./judging.ts"

const THREE: JobStory = { parts: [{ devices: ["left", "right", "third"], sharedWork: true }] }

/** The certificates of a told job as its checks see them. */
async function subjectOf({ header, certificates, policy }: ReturnType<typeof tellJob>): Promise<JobSubject> {
  const members: Member[] = []
  for (const { certificate } of certificates) {
    const { verdict } = await verifyCertificate(encodeCertificate(certificate), policy, OFFLINE)
    assert.ok(verdict.status === "valid")
    members.push(memberOf(verdict.claim))
  }
  return { header, groups: groupsOf(header), members }
}

/** The units that a part counts, where its devices counted these. */
function countedOf(subject: JobSubject, units: readonly bigint[]): bigint | undefined {
  const members = subject.members.map((member, i): Member => {
    const registers = { ...member.totals.registers, workUnits: units[i] ?? 0n }
    return { ...member, totals: { ...member.totals, registers } }
  })
  return partsOf({ ...subject, members })[0]?.totals.registers.workUnits
}

describe("units that all devices of a part count alike", () => {
  let subject: JobSubject
  before(async () => {
    subject = await subjectOf(tellJob(THREE))
  })

  it("are the least that a device counted, in whatever order they come", () => {
    for (const units of [
      [5n, 7n, 9n],
      [9n, 5n, 7n],
      [7n, 9n, 5n],
    ])
      assert.equal(countedOf(subject, units), 5n)
  })

  it("are not those of a device that counts none, and none where nobody does", () => {
    assert.equal(countedOf(subject, [0n, 7n, 9n]), 7n)
    assert.equal(countedOf(subject, [0n, 1n, 0n]), 1n)
    assert.equal(countedOf(subject, [0n, 0n, 0n]), 0n)
  })
})

describe("a part of a job", () => {
  it("is incomplete where one device is missing, and complete where none is", async () => {
    const told = tellJob({ parts: [{ devices: ["left", "right"] }] })
    assert.equal(partsOf(await subjectOf(told))[0]?.outcome, "complete")
    assert.equal(partsOf(await subjectOf(withoutDevice(told, "right")))[0]?.outcome, "incomplete")
  })
})

describe("certificates of one device", () => {
  it("do not hold the same run: the next begins after the last one of the one before", async () => {
    const told = tellJob({ parts: [{ devices: ["left"] }] })
    const subject = await subjectOf(told)
    const [first] = subject.members
    assert.ok(first)
    const runs = (lastRun: bigint, firstRun: bigint) =>
      checkRuns({
        ...subject,
        members: [
          { ...first, lastRun, goesOn: true },
          { ...first, firstRun, lastRun: firstRun },
        ],
      })
    runs(1n, 2n)
    assert.throws(() => runs(1n, 1n), { code: "JOB_UNORDERED" })
    assert.throws(() => runs(0n, 0n), { code: "JOB_UNORDERED" })
  })
})

describe("the gravest certificate of a job", () => {
  const sayOf = async (story: Omit<JobStory, "parts">) => {
    const told = tellJob({ parts: [{ devices: ["left", "right"] }], ...story })
    const { verdict } = await verifyJob(piecesOf(jobBytes(told)), told.policy, OFFLINE)
    assert.ok(verdict.status === "undetermined" || verdict.status === "unaccepted")
    return verdict.detail
  }

  it("is the first of those that are open alike", async () => {
    const detail = await sayOf({ device: () => ({ proof: () => undefined }) })
    assert.match(detail, /^certificate 1: run 0 has no anchor proof/)
  })

  it("is named by its place in the document, behind others that are open", async () => {
    const [, second] = tellJob({ parts: [{ devices: ["left", "right"] }] }).certificates
    const detail = await sayOf({
      device: (name) => (name === second?.name ? {} : { proof: () => undefined }),
      statement: (given, name) => (name === second?.name ? { ...given, energyGrade: "declared" } : given),
    })
    assert.match(detail, /^certificate 2: run 0: energy is declared/)
  })
})
