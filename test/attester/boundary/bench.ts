import assert from "node:assert/strict"
import { createMeter, type MeteredSensor, type SensorReading } from "@wattest/protocol"
import { parseAgentConfig } from "../../../attester/src/agent/config.ts"
import { planOf, settlePlan } from "../../../attester/src/agent/opening.ts"
import type { PlanOptions } from "../../../attester/src/agent/plan.ts"
import { knownFrom } from "../../../attester/src/commands/sources.ts"
import { accuracy } from "../../../attester/src/sources/accuracy.ts"
import type { SensorValue } from "../../../attester/src/sources/source.ts"

const SECRET = { env: "PATH" }

/** Sources of the configuration that are never contacted: what they answer is said by the test. */
export const pdu = (id: string, more: object = {}) => ({
  kind: "pdu",
  id,
  profile: "raritan",
  host: `${id}.example`,
  community: SECRET,
  ...more,
})
export const redfish = (id: string, more: object = {}) => ({
  kind: "redfish",
  id,
  url: "https://bmc.example",
  chassis: id,
  ...more,
})
export const dcgm = (id: string, more: object = {}) => ({
  kind: "dcgm",
  id,
  url: `http://${id}.example/metrics`,
  ...more,
})

/** A power of a source, in W. */
export const power = (watts: number, more: Partial<SensorValue> = {}): SensorValue => ({
  sensor: `${more.part ?? ""}power`,
  surface: "test",
  quantity: "power",
  unit: "W",
  value: String(watts),
  timeMs: 1000,
  grade: "measured",
  accuracy: accuracy({ gainLimit: 0.01, origin: "test" }),
  covers: "rack",
  ...more,
})

export const board = (uuid: string, watts: number, more: Partial<SensorValue> = {}): SensorValue =>
  power(watts, { surface: "dcgm", covers: "accelerator", part: uuid, sku: "NVIDIA H100 80GB HBM3", ...more })

export type Answers = { readonly [source: string]: readonly SensorValue[] }

export const knownOf = (answers: Answers) =>
  knownFrom(
    Object.entries(answers).map(([source, values]) => ({ source, periodMs: 1000, tookMs: 1, values, fault: null })),
  )

export const optionsOf = (config: object): PlanOptions => {
  const { boundary, composition, sources, share } = parseAgentConfig(config)
  return { boundary, composition, sources, share, vouch: null }
}

/** The plan with which a run begins, by the answers at the start and, where there are others, those of now. */
export function planned(config: object, answers: Answers, later: Answers = answers): readonly MeteredSensor[] {
  return planOf(knownOf(later), settlePlan(knownOf(answers), optionsOf(config)))
}

/** Sensors of a role in order of the plan. */
export const sensorsOf = (plan: readonly MeteredSensor[], role: MeteredSensor["role"] = "energy"): readonly string[] =>
  plan.filter((entry) => entry.role === role).map(({ sensor }) => sensor)

/** Ten minutes of these answers, as a verifier recomputes them. */
export function tenMinutesOf(plan: readonly MeteredSensor[], answers: Answers) {
  const meter = createMeter(plan)
  const at = (timeMs: number): readonly SensorReading[] =>
    [...knownOf(answers).values()].map(({ reading }) => ({ ...reading, timeMs }))
  meter.advance(0, at(0))
  const seconds = Array.from({ length: 600 }, (_, i) => at((i + 1) * 1000))
  const { registers, energyGrade } = meter.advance(600_000, seconds.flat())
  return {
    watts: Number(registers.energyMillijoules) / 600_000,
    uncertaintyWatts: Number(registers.uncertaintyMillijoules) / 600_000,
    acceleratorWatts: Number(registers.acceleratorMillijoules) / 600_000,
    blindMs: Number(registers.blindMilliseconds),
    grade: energyGrade,
  }
}

/** What the refusal says, and the lines that it tells the operator to write. */
export function refusal(use: () => unknown): { readonly message: string; readonly hint: string } {
  try {
    use()
  } catch (error) {
    assert.ok(error instanceof Error && error.name === "BoundaryError", String(error))
    return { message: error.message, hint: (error as Error & { hint: string }).hint }
  }
  return assert.fail("a refusal expected")
}
