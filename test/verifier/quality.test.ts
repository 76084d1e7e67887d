import assert from "node:assert/strict"
import { encodeDocument, ORIGINS, parseCertificate, type SensorReading } from "@wattest/protocol"
import type { Labels, Unsigned } from "@wattest/testkit/conformance/readings"
import { START_MS, type StatementDocument, type Story, tell } from "@wattest/testkit/conformance/story"
import { FINDING_CODES, type FindingCode, verifyCertificate, verifyEvidence } from "@wattest/verifier"
import { boardsLimitWatts } from "../../verifier/src/quality/boards.ts"
import { OFFLINE, piecesOf } from "./judging.ts"

async function findingsOf(story: Story) {
  const { certificate, policy, evidence } = tell(story)
  const bytes = encodeDocument(certificate)
  const judged = await verifyCertificate(bytes, policy, OFFLINE)
  const lines = new TextEncoder().encode((evidence[0] as string[]).join(""))
  const shown = await verifyEvidence(piecesOf(lines), parseCertificate(bytes), { policy, readers: OFFLINE })
  return { judged, shown, findings: [...judged.findings, ...shown.findings] }
}

const statement = (change: Partial<StatementDocument>): Story => ({ statement: (given) => ({ ...given, ...change }) })
const gauges = (change: Partial<Unsigned["gauges"]>): Story => ({
  reading: (capture) => ({ ...capture, gauges: { ...capture.gauges, ...change } }),
})
const sensor = (name: string, change: (given: SensorReading, sequence: number) => Partial<SensorReading>): Story => ({
  captures: 40,
  sensors: (readings, sequence) =>
    readings.map((given) => (given.sensor === name ? { ...given, ...change(given, sequence) } : given)),
})
const planned = (change: (given: Labels["context"]["metering"]) => Labels["context"]["metering"]): Story => ({
  labels: (given) => ({ ...given, context: { ...given.context, metering: change(given.context.metering) } }),
})
const watts = (share: number) => (given: SensorReading) => ({ value: `${Math.round(Number(given.value) * share)}` })
const unnamed = ({ context: { jobStart: _, ...context }, ...labels }: Labels): Labels => ({ ...labels, context })
const hidden: NonNullable<Story["certificate"]> = ({ vouchDocuments: _, ...given }) => given
const late = (ms: number): Story => ({ block: (block) => ({ ...block, timestamp: block.timestamp + ms / 1000 }) })

/** A counter beside the power meter counts in its place. */
function counting(joulesAt: (sequence: number) => number, step = "1"): Story {
  return {
    ...planned((given) =>
      given.map((entry) =>
        entry.sensor === "psu" ? { ...entry, sensor: "counter", method: "counter", witness: "psu" } : entry,
      ),
    ),
    captures: 40,
    timeOf: (sequence) => sequence * 2000,
    sensors: (readings, sequence) =>
      readings.flatMap((given) =>
        given.sensor === "psu" ? [given, { ...given, ...counted(joulesAt(sequence), step) }] : [given],
      ),
  }
}
const counted = (joules: number, step: string) => ({
  sensor: "counter",
  quantity: "energy",
  unit: "J",
  value: String(joules),
  accuracy: { step },
})
const disagreement = (timeMs: number, sequence: number): SensorReading => ({
  sensor: "residual/node-accelerator",
  surface: "attester",
  quantity: sequence === 3 ? "implausible difference" : "difference",
  unit: "mJ",
  value: "-5000",
  timeMs,
  grade: "estimated",
  accuracy: { uncertainty: "10" },
})

/** For each finding, a run that a device signed and that deserves that question. */
const STORIES: { readonly [C in FindingCode]: Story } = {
  RUN_INTERRUPTED: statement({ status: "interrupted" }),
  JOB_PART: statement({ status: "continued" }),
  JOB_EXTENT_UNKNOWN: { labels: unnamed },
  CONTEXT_CHANGED: {
    runs: 2,
    labels: (given, run) => ({ ...given, context: { ...given.context, factors: { grid: `source ${run}` } } }),
  },
  RUN_BEFORE_VOUCH: { vouchedAt: START_MS / 1000 + 16 },
  RUN_TOO_LONG: { ...statement({ energyGrade: "estimated" }), timeOf: (sequence) => sequence * 5 * 3_600_000 },
  ANCHORED_LATE: late(72 * 3_600_000),
  BEACON_ABSENT: { beacon: "none" },
  BEACON_UNCHECKED: { beacon: "unlisted" },
  GRADE_SIMULATED: statement({ energyGrade: "simulated" }),
  WORK_DECLARED: {},
  ORIGIN_RECORDED: { ...statement({ origin: "recorded" }), vouch: (given) => ({ ...given, origin: "recorded" }) },
  BOOKS_BROKEN: {
    statement: (given) => ({ ...given, broken: true, lifetimeMillijoules: given.registers.energyMillijoules }),
  },
  BLIND_TIME: {
    reading: ({ registers, ...capture }) => ({
      ...capture,
      registers: { ...registers, blindMilliseconds: capture.sequence === 0 ? 0n : 1n },
    }),
  },
  INVENTORY_NOT_CLAIMED: planned((given) => given.filter(({ sensor }) => sensor !== "gpu0")),
  INVENTORY_UNKNOWN: { certificate: hidden },
  CALIBRATION_UNKNOWN: {
    ...statement({ energyGrade: "calibrated" }),
    sensors: (readings) =>
      readings.map((given) => ({ ...given, grade: given.sensor === "server" ? given.grade : "calibrated" })),
    certificate: hidden,
  },
  RATING_LOW: {
    ...planned((given) =>
      given.map((entry) => (entry.sensor === "gpu0" ? { ...entry, part: "GPU-0", ratingWatts: "699" } : entry)),
    ),
  },
  LABEL_MIXED_SCRIPTS: { labels: (given) => ({ ...given, model: "llаma-3-8b" }) },
  PARTS_UNMETERED: {
    labels: ({ context, ...given }) => {
      const boards = Array.from({ length: 8 }, (_, i) => ({ sku: "NVIDIA H100 80GB HBM3", id: `GPU-${i}` }))
      const metering = context.metering.map((entry) => (entry.sensor === "gpu0" ? { ...entry, part: "GPU-0" } : entry))
      return { ...given, context: { ...context, accelerators: boards, metering } }
    },
  },
  IT_IS_BOUNDARY: planned((given) => [...given, { sensor: "psu", role: "it", method: "trapezoid", periodMs: 10_000 }]),
  WORKLOAD_FAILED: { closing: (given) => ({ ...given, exitStatus: 1 }) },
  BEACON_CLOSING_ABSENT: { closing: (given) => ({ ...given, beacon: null }) },
  TIME_RATE: { beaconedAt: START_MS / 1000 - 3600 },
  ACCELERATOR_ABOVE_BOUNDARY: sensor("gpu0", watts(3)),
  UNCERTAINTY_ZERO: {
    reading: ({ registers, ...capture }) => ({ ...capture, registers: { ...registers, uncertaintyMillijoules: 0n } }),
  },
  UNCERTAINTY_LARGE: sensor("psu", () => ({ accuracy: { gainLimit: "0.5" } })),
  CLOCK_UNSYNCHRONISED: gauges({ clock: "unsynchronised" }),
  CLOCK_JUMP: { timeOf: (sequence) => (sequence < 6 ? sequence * 1000 : sequence * 1000 + 50_000) },
  CAPTURE_GAP: { ...statement({ energyGrade: "estimated" }), timeOf: (sequence) => sequence * 70_000 },
  PLAN_GAP_LARGE: {
    ...planned((given) => given.map((entry) => ({ ...entry, periodMs: 10_000 }))),
    policy: (policy) => ({ ...policy, tolerances: { ...policy.tolerances, gapMs: 29_999 } }),
  },
  POWER_ABOVE_LIMIT: sensor("gpu0", watts(1.9)),
  POWER_BELOW_IDLE: {
    sensors: (readings) => readings.map((given) => ({ ...given, ...(given.sensor !== "server" && { value: "0.4" }) })),
  },
  BOUNDARY_OF_BOARDS: {
    sensors: (readings) => readings.map((given) => ({ ...given, ...(given.sensor === "psu" && { surface: "nvml" }) })),
  },
  POWER_GAUGE_DISAGREES: gauges({ meanPowerMilliwatts: 100_000 }),
  SENSOR_DUPLICATED: {
    ...planned((given) => [
      ...given,
      ...given.filter(({ sensor }) => sensor === "gpu0").map((entry) => ({ ...entry, sensor: "gpu1" })),
    ]),
    captures: 40,
    sensors: (readings) =>
      readings.flatMap((given) => (given.sensor === "gpu0" ? [given, { ...given, sensor: "gpu1" }] : [given])),
  },
  SENSOR_SILENT: {
    ...statement({ energyGrade: "declared" }),
    ...planned((given) => [
      ...given,
      { sensor: "feed-b/silent", role: "energy", method: "trapezoid", periodMs: 1000, ratingWatts: "3200" },
    ]),
  },
  COUNTER_STUCK: counting(() => 5),
  SENSORS_DISAGREE: {
    sensors: (readings, sequence) => [...readings, disagreement(readings[0]?.timeMs ?? 0, sequence)],
  },
  SENSOR_STUCK: sensor("psu", () => ({ value: "1000" })),
  SENSOR_TIME_STALE: sensor("server", ({ timeMs }, sequence) => ({ timeMs: sequence < 20 ? timeMs : timeMs - 90_000 })),
  TEMPERATURE_IMPLAUSIBLE: gauges({ acceleratorCentikelvin: 41_000 }),
  PARTS_ABOVE_WHOLE: sensor("gpu0", watts(3)),
  SOURCES_NOT_RECOMPUTED: planned(() => []),
}

/** Runs in which a register does not follow from the sources are refused besides; the question is asked all the same. */
const REFUSED: readonly FindingCode[] = ["BLIND_TIME", "UNCERTAINTY_ZERO", "SOURCES_NOT_RECOMPUTED"]

describe("findings about quality", () => {
  it("are none of an honest run but that its work is declared", async () => {
    const { findings } = await findingsOf({ captures: 40 })
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["WORK_DECLARED"],
    )
  })

  it("do not ask about a counter that goes on, or that stands for as long as its step takes", async () => {
    for (const story of [counting((sequence) => sequence * 2000), counting(() => 5, "360000")]) {
      const { findings } = await findingsOf(story)
      assert.ok(!findings.some(({ code }) => code === "COUNTER_STUCK"))
    }
  })

  for (const [code, story] of Object.entries(STORIES) as [FindingCode, Story][])
    it(`ask about ${code}`, async () => {
      const tolerant: Story = {
        ...story,
        policy: (policy) => {
          const books = { ...policy.books, origins: ORIGINS, blindPercent: 100, broken: true }
          const open = { ...policy, books, grades: { energy: "simulated", work: "simulated" } } as const
          return story.policy?.(open) ?? open
        },
      }
      const { judged, shown, findings } = await findingsOf(tolerant)
      const found = findings.find((finding) => finding.code === code)
      assert.ok(found, `found ${findings.map((finding) => finding.code)}`)
      assert.equal(found.severity, FINDING_CODES[code][0])
      assert.ok(found.count >= 1 && found.detail.length > 0)
      if (REFUSED.includes(code)) return
      assert.equal(
        judged.verdict.status,
        "valid",
        JSON.stringify(judged.checks.find(({ verdict }) => verdict.status === "invalid")),
      )
      assert.equal(
        shown.verdict.status,
        "valid",
        JSON.stringify(shown.checks.find(({ verdict }) => verdict.status === "invalid")),
      )
    })

  it("ask nothing of a vouch that is late within the tolerance of clocks, nor of runs that are alike", async () => {
    for (const story of [{ vouchedAt: START_MS / 1000 + 15 }, { runs: 3 }]) {
      const { findings } = await findingsOf({ ...story, captures: 40 })
      assert.deepEqual([...new Set(findings.map(({ code }) => code))], ["WORK_DECLARED"])
    }
  })

  it("ask nothing of IT that has a meter of its own", async () => {
    const { findings } = await findingsOf({
      ...planned((given) => [...given, { sensor: "rack", role: "it", method: "trapezoid", periodMs: 10_000 }]),
      sensors: (readings) =>
        readings.flatMap((given) => (given.sensor === "psu" ? [given, { ...given, sensor: "rack" }] : [given])),
    })
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["WORK_DECLARED", "INVENTORY_NOT_CLAIMED"],
    )
  })

  it("count repetitions instead of keeping them", async () => {
    const { findings } = await findingsOf({ ...gauges({ clock: "unsynchronised" }), captures: 40 })
    assert.equal(findings.find(({ code }) => code === "CLOCK_UNSYNCHRONISED")?.count, 40)
  })

  it("know the limits of boards by the longest name, and none of boards that they do not know", () => {
    const limitOf = (...skus: readonly string[]) => boardsLimitWatts(skus.map((sku) => ({ sku, id: "GPU-a100-b200" })))
    assert.equal(limitOf("NVIDIA H100 80GB HBM3", "NVIDIA H100 PCIe"), 1050)
    assert.equal(limitOf("NVIDIA H100 80GB HBM3", "Homemade 1"), null)
    assert.equal(limitOf(""), null)
    assert.equal(limitOf(), null)
  })
})
