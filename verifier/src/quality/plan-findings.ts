import {
  blindAfterMs,
  type CertifiedRun,
  isEnergy,
  isMixedScript,
  type MeteredSensor,
  scriptsMark,
  TAGS,
} from "@wattest/protocol"
import type { Policy } from "../policy.ts"
import type { FindingLog } from "./findings.ts"

type Run = Pick<CertifiedRun, "statement">

/** Labels and the names of a task that may not be what they look like. */
export function lookAtLabels({ statement }: Run, log: FindingLog): void {
  const { family = "", precision = "" } = statement.context.task ?? {}
  const { workload, job, qualityRule } = statement.context
  const named = { ...Object.fromEntries(TAGS.map((name) => [name, statement[name]])), workload, job, qualityRule }
  for (const [name, text] of Object.entries({ ...named, family, precision }))
    if (isMixedScript(text)) log.add("LABEL_MIXED_SCRIPTS", `${name}: ${JSON.stringify(text)}${scriptsMark(text)}`)
}

/** Where sensors of accelerators say which one they are on, every accelerator that the run names should have one. */
function lookAtParts({ accelerators, metering }: CertifiedRun["statement"]["context"], log: FindingLog): void {
  const parts = new Set(metering.filter(({ role }) => isEnergy(role)).flatMap(({ part }) => part ?? []))
  const unmetered = accelerators.filter(({ id }) => !parts.has(id))
  if (parts.size > 0 && unmetered.length > 0)
    log.add("PARTS_UNMETERED", `${unmetered.length} of ${accelerators.length}, ${unmetered[0]?.id} among them`)
}

/** The plan itself, whether or not evidence is shown. */
export function lookAtPlan({ statement: { context } }: Run, log: FindingLog, { tolerances }: Policy): void {
  const seen = new Set<string>()
  const useOf = (sensor: string, role: MeteredSensor["role"]) => `${sensor} as ${role}`
  for (const { sensor, role, method, periodMs = 0 } of context.metering) {
    const use = useOf(sensor, role)
    if (seen.has(use)) log.add("SENSOR_DUPLICATED", `the plan meters ${use} twice`)
    seen.add(use)
    const silentMs = blindAfterMs(periodMs)
    if (isEnergy(role) && method === "trapezoid" && silentMs > tolerances.gapMs)
      log.add("PLAN_GAP_LARGE", `${use}: ${silentMs} ms, tolerance ${tolerances.gapMs} ms`)
  }
  for (const { sensor, role } of context.metering)
    if (role === "it" && seen.has(useOf(sensor, "energy"))) log.add("IT_IS_BOUNDARY", sensor)
  lookAtParts(context, log)
}
