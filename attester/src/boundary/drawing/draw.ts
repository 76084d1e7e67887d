import type { MeteredSensor } from "@wattest/protocol"
import { createComparisons } from "../../agent/comparison.ts"
import { silencesOf } from "../../agent/opening.ts"
import { type PlanOptions, resolutionOf } from "../../agent/plan.ts"
import { carriesEnergy } from "../choose.ts"
import { COMPOSED, type Composed } from "../composition.ts"
import type { Expression } from "../expression.ts"
import type { Known } from "../resolve.ts"
import { estimate, wattsOf } from "./estimate.ts"

const TITLES: { readonly [C in Composed]: string } = {
  energy: "energy of the boundary",
  it: "delivered to IT equipment",
  accelerators: "accelerator boards",
  reused: "heat that is reused",
}

/** Lines under a heading, with the branches of a tree. */
const branch = (lines: readonly string[]): readonly string[] =>
  lines.map((line, i) => `${i === lines.length - 1 ? "└─" : "├─"} ${line}`)

const watts = (value: number | null): string => (value === null ? "power not shown" : `${value.toFixed(1)} W`)

function how({ method, periodMs, ratingWatts, share, witness }: MeteredSensor): string {
  const read = method === "counter" ? "counter" : "power"
  return [
    `${read} every ${periodMs ?? "?"} ms`,
    ratingWatts === undefined ? "no rating known" : `at most ${ratingWatts} W`,
    ...(share === undefined ? [] : [`share ${share}, allocated at best`]),
    ...(witness === undefined ? [] : ["its power beside it"]),
  ].join(", ")
}

const SHAPES: { readonly [K in Expression["kind"]]: string } = {
  sensors: "of one source",
  sum: "parts that add up",
  alternatives: "the first complete of several views",
}

function drawRegister(
  name: Composed,
  plan: readonly MeteredSensor[],
  known: Known,
  options: PlanOptions,
): readonly string[] {
  const expression = options.composition[name]
  const found = resolutionOf(name, known, options)
  if (expression === null || found === null) return []
  const role = name === "accelerators" ? "accelerator" : name
  const entries = plan.filter((entry) => entry.role === role)
  const powers = entries.map((entry) => wattsOf(entry, known))
  const total = powers.some((power) => power === null)
    ? null
    : powers.reduce<number>((sum, power) => sum + (power ?? 0), 0)
  const lines = entries.map((entry, i) =>
    known.has(entry.sensor)
      ? `${entry.sensor}: ${watts(powers[i] ?? null)}, ${known.get(entry.sensor)?.value.grade}, ${how(entry)}`
      : `${entry.sensor}: NOTHING; blind and declared until it answers, ${how(entry)}`,
  )
  const others = found.others.map((view) => `compared, not added: ${view.map(([sensor]) => sensor).join(", ")}`)
  const count = `${found.sensors.length} of ${found.sensors.length + found.missing.length} metered`
  return [`${TITLES[name]}: ${watts(total)}, ${SHAPES[expression.kind]}, ${count}`, ...branch([...lines, ...others])]
}

/** What counts the site's water, and a meter of it that is named and silent. */
function drawWater(plan: readonly MeteredSensor[], { composition }: PlanOptions): readonly string[] {
  const named = (role: MeteredSensor["role"]) => plan.filter((entry) => entry.role === role).map(({ sensor }) => sensor)
  const [meters, factors] = [named("water"), named("water-intensity")]
  const silent =
    composition.water !== null && meters.length === 0 ? ["MISSING: water: a meter of it gives nothing"] : []
  const counted = meters.length > 0 ? [`water of the site: ${meters.join(" + ")}`] : []
  return [...counted, ...factors.map((factor) => `water of the site: energy by the factor ${factor}`), ...silent]
}

/** Sensors that carry energy and enter no register. */
function unused(plan: readonly MeteredSensor[], known: Known): readonly string[] {
  const used = new Set(plan.flatMap(({ sensor, witness }) => [sensor, witness ?? sensor]))
  return [...known].filter((sensor) => carriesEnergy(sensor) && !used.has(sensor[0])).map(([name]) => name)
}

/**
 * What a configuration comes to with the answers of now: what is metered by what, compared with what, what is missing,
 * and how large the uncertainty will be.
 */
export function drawBoundary(plan: readonly MeteredSensor[], known: Known, options: PlanOptions): readonly string[] {
  const { expect } = options.composition
  const registers = COMPOSED.flatMap((name) => drawRegister(name, plan, known, options))
  const compared = createComparisons(known, options).names.map((name) => `compared: ${name}`)
  const missing = silencesOf(known, options).map((line) => `MISSING: ${line}`)
  const idle = unused(plan, known)
  const now = estimate(plan, known)
  const isCounted = expect.boards !== null || options.composition.accelerators === null
  return [
    `boundary ${options.boundary}`,
    ...branch([
      now === null
        ? "uncertainty: not known before its counters have moved"
        : `ten minutes of this: ${now.joules.toFixed(0)} J, U ${now.uncertainty.toFixed(0)} J (${((now.uncertainty / Math.max(now.joules, 1e-9)) * 100).toFixed(1)} %), ${now.grade}`,
      ...(isCounted ? [] : ['boards are those that answer: "expect": { "boards": N } makes a lost one a fault']),
    ]),
    ...registers,
    ...drawWater(plan, options),
    ...compared,
    ...(idle.length === 0 ? [] : [`in no register: ${idle.join(", ")}`]),
    ...missing,
  ]
}
