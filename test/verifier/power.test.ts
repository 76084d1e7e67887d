import assert from "node:assert/strict"
import { BOUNDARIES, type CertifiedRun, encodeDocument, parseCertificate } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { createFindingLog } from "../../verifier/src/quality/findings.ts"
import { lookAtPower } from "../../verifier/src/quality/power-findings.ts"

const [honest] = parseCertificate(encodeDocument(tell({}).certificate)).runs
assert.ok(honest)
const run: CertifiedRun = honest
type Statement = CertifiedRun["statement"]
type Metering = Statement["context"]["metering"]

const HOUR_MS = 3_600_000
/** The board of the story, one H100, draws 700 W at most. */
const BOARD_WATTS = 700n

type Totals = {
  readonly energy?: bigint
  readonly accelerator?: bigint
  readonly uncertainty?: bigint
  readonly work?: bigint
}

/** Codes about a run of an hour with these totals, in watts by mJ/ms; what is not named is ordinary. */
function codesOf(totals: Totals, change: (statement: Statement) => Partial<Statement> = () => ({}), percent = 0) {
  const { energy = 1000n * BigInt(HOUR_MS), accelerator = 500n * BigInt(HOUR_MS), uncertainty = 0n, work = 0n } = totals
  const given = run.statement
  const statement: Statement = {
    ...given,
    endTimeMs: given.startTimeMs + HOUR_MS,
    registers: {
      ...given.registers,
      ...{ energyMillijoules: energy, acceleratorMillijoules: accelerator, uncertaintyMillijoules: uncertainty },
      ...{ workUnits: work, inputUnits: 0n },
    },
  }
  const log = createFindingLog(0n)
  lookAtPower({ ...run, statement: { ...statement, ...change(statement) } }, percent, log)
  return log.findings().map(({ code }) => code)
}

const hour = (watts: bigint) => watts * BigInt(HOUR_MS)
const metering = (change: (entry: Metering[number]) => Metering[number]) => (statement: Statement) => ({
  context: { ...statement.context, metering: statement.context.metering.map(change) },
})

describe("the physics of totals, without evidence", () => {
  it("asks nothing of ordinary ones", () => assert.deepEqual(codesOf({ work: 10n }), []))

  it("asks about boards above their limit, and not at it", () => {
    assert.deepEqual(codesOf({ accelerator: hour(BOARD_WATTS) + 1n }), [])
    assert.deepEqual(codesOf({ accelerator: hour(BOARD_WATTS) + 2n }), ["POWER_ABOVE_LIMIT"])
    assert.deepEqual(codesOf({ accelerator: hour(770n) + 1n }, undefined, 10), [])
    assert.deepEqual(codesOf({ accelerator: hour(770n) + 2n }, undefined, 10), ["POWER_ABOVE_LIMIT"])
  })

  it("asks about a boundary of boards above their limit, and of a node above what stands around them", () => {
    const gpu = () => ({ boundary: "gpu" as const })
    assert.deepEqual(codesOf({ energy: hour(BOARD_WATTS) + 1n }, gpu), [])
    assert.deepEqual(codesOf({ energy: hour(BOARD_WATTS) + 2n }, gpu), ["POWER_ABOVE_LIMIT"])
    assert.deepEqual(codesOf({ energy: hour(21_400n) + 1n }), [])
    assert.deepEqual(codesOf({ energy: hour(21_400n) + 2n }), ["POWER_ABOVE_LIMIT"])
    assert.deepEqual(codesOf({ energy: hour(3_680_000n) }), ["POWER_ABOVE_LIMIT"], "3.68 MW on one board")
    for (const boundary of ["rack", "facility"] as const)
      assert.deepEqual(
        codesOf({ energy: hour(3_680_000n) }, () => ({ boundary })),
        [],
        boundary,
      )
  })

  it("asks about less than boards draw when they idle, uncertainty counted for the run", () => {
    const idle = hour(7n)
    assert.deepEqual(codesOf({ accelerator: idle }), [])
    assert.deepEqual(codesOf({ accelerator: idle - 1n }), ["POWER_BELOW_IDLE"])
    assert.deepEqual(codesOf({ accelerator: idle - 1n, uncertainty: 1n }), [])
    assert.deepEqual(codesOf({ energy: idle }), [])
    assert.deepEqual(codesOf({ energy: idle - 1n }), ["POWER_BELOW_IDLE"])
    assert.deepEqual(codesOf({ energy: hour(1n), accelerator: hour(1n) / 2n }), ["POWER_BELOW_IDLE"], "mW for W")
  })

  it("asks no floor of a share of a meter, of what nobody meters, or of boards that nobody knows", () => {
    const none = { energy: 0n, accelerator: 0n }
    assert.deepEqual(
      codesOf(
        none,
        metering((entry) => ({ ...entry, share: "0.01" })),
      ),
      [],
    )
    assert.deepEqual(
      codesOf(none, (given) => ({ context: { ...given.context, metering: [] } })),
      [],
    )
    assert.deepEqual(
      codesOf(none, (given) => ({ context: { ...given.context, accelerators: [] } })),
      [],
    )
    const unknown = [{ sku: "Homemade 1", id: "GPU-h100" }]
    assert.deepEqual(
      codesOf(none, (given) => ({ context: { ...given.context, accelerators: unknown } })),
      [],
    )
  })

  it("asks about work for no energy at all, whoever metered it", () => {
    const unmetered = (given: Statement) => ({ context: { ...given.context, metering: [], accelerators: [] } })
    assert.deepEqual(codesOf({ energy: 0n, accelerator: 0n, work: 1n }, unmetered), ["POWER_BELOW_IDLE"])
    assert.deepEqual(codesOf({ energy: 1n, accelerator: 0n, work: 1n }, unmetered), [])
  })

  it("asks about a boundary around boards that sensors on boards alone make up", () => {
    const onBoard = metering((entry) => (entry.sensor === "psu" ? { ...entry, sensor: "gpu0" } : entry))
    for (const boundary of BOUNDARIES)
      assert.deepEqual(
        codesOf({ energy: hour(500n) }, (given) => ({ ...onBoard(given), boundary })),
        boundary === "gpu" ? [] : ["BOUNDARY_OF_BOARDS"],
        boundary,
      )
    const both = (given: Statement) => ({
      context: {
        ...given.context,
        metering: [
          ...given.context.metering,
          { sensor: "gpu0", role: "energy", method: "trapezoid", periodMs: 10_000 } as const,
        ],
      },
    })
    assert.deepEqual(codesOf({}, both), [], "beside one that is not")
  })
})
