import { METRIC_NAMES, METRICS, type MetricName } from "./metric.ts"
import { type Amount, findMetric, isPerWork, type QuantityFault, readAmount, unitsIn } from "./quantity.ts"

/** What somebody wants to hold: `energy-per-work <= 0.2 kWh/Mtoken`. */
export type Expectation = {
  /** As it was written. */
  readonly text: string
  readonly metric: MetricName
  /** True for at most, false for at least; both include the amount. */
  readonly isUpper: boolean
  readonly amount: Amount
  /** The unit of work that the metric's name says, as in `joules-per-token`. */
  readonly work: string | null
}

/** Longest expectation, in UTF-16 units. */
export const MAX_EXPECTATION = 256

const FORM = /^\s*(?<name>[^\s<>=≤≥]+)\s*(?<relation><=|>=|≤|≥)\s*(?<amount>\S.*?)\s*$/u

/** Reads an expectation as a person writes it. A number per unit of work must say which: its document could choose one. */
export function parseExpectation(text: string): Expectation | QuantityFault {
  const { name = "", relation = "", amount: written = "" } = FORM.exec(text.slice(0, MAX_EXPECTATION + 1))?.groups ?? {}
  if (written === "" || text.length > MAX_EXPECTATION)
    return { fault: `"${text.slice(0, 80)}" is not METRIC <= QUANTITY or METRIC >= QUANTITY` }
  const found = findMetric(name)
  if (found === null) return { fault: `"${name}" is no metric; there are ${METRIC_NAMES.join(", ")}` }
  const { metric, unit: work } = found
  if (metric === "ratio") return { fault: "a ratio has no meaning of its own: name another metric" }
  const amount = readAmount(written, metric)
  if ("fault" in amount) return amount
  const { per } = amount
  if (isPerWork(metric) && per === null && work === null)
    return { fault: `"${written}" is per which unit of work? write ${written}/token` }
  if (metric === "work" && per === null) return { fault: `"${written}" counts what? write ${written} token` }
  if (per !== null && work !== null && unitsIn(per, work) === null)
    return { fault: `"${text}" is of ${work} and of ${per}` }
  return { text, metric, isUpper: relation === "<=" || relation === "≤", amount, work }
}

/** Whether the number is worse for whoever claims it the less is known: uncertainty is added to it. */
export const hasUncertainty = (metric: MetricName): boolean =>
  METRICS[metric].numerator.some((name) => name === "uncertaintyMillijoules")
