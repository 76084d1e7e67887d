import { time, ValueError } from "@wattest/command"
import { BOUNDARIES, type Expectation, MAX_EXPECTATION, parseExpectation, Rejection, shape } from "@wattest/protocol"

const { array, described, integer, label, literal, object, oneOf, optional, text } = shape

/** Numbers that a budget can bound: what is spent, and what is spent for a unit. */
export const BUDGETED = [
  ...["energy", "energy-per-work", "energy-per-accepted", "energy-per-input"],
  ...["carbon", "carbon-per-work", "water", "water-per-work"],
] as readonly string[]

/** Periods of the calendar, in UTC. */
export const CALENDAR = ["day", "month", "quarter", "year"] as const
export type Calendar = (typeof CALENDAR)[number]

const limit: shape.Shape<Expectation> = described({ type: "string", maxLength: MAX_EXPECTATION }, (value, path) => {
  const read = parseExpectation(text(MAX_EXPECTATION)(value, path))
  if ("fault" in read) throw new Rejection("FIELD_MALFORMED", `${path}: ${read.fault}`)
  const refuse = (why: string) => new Rejection("FIELD_MALFORMED", `${path}: ${read.text}: ${why}`)
  if (!BUDGETED.includes(read.metric)) throw refuse(`a budget bounds ${BUDGETED.join(", ")}`)
  if (!read.isUpper) throw refuse("a budget is what may be spent at most: write <=")
  return read
})

const date: shape.Shape<number> = described({ type: "string", $comment: "as 2026-11-01" }, (value, path) => {
  try {
    return time.parse(text(64)(value, path))
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    throw new Rejection("FIELD_MALFORMED", `${path}: it ${error.message}; ${error.hint}`)
  }
})

const between = object({ from: date, to: date })

const period: shape.Shape<Calendar | { readonly from: number; readonly to: number }> = described(
  { anyOf: [{ enum: CALENDAR }, between.schema ?? {}] },
  (value, path) => {
    if (typeof value === "string") return oneOf(CALENDAR)(value, path)
    const read = between(value, path)
    if (read.from < read.to) return read
    throw new Rejection("FIELD_MALFORMED", `${path}: it ends before it begins`)
  },
)

/** Which runs a budget is of: those with all of these labels. */
const select = object({
  model: optional(label()),
  unit: optional(label()),
  zone: optional(label()),
  site: optional(label()),
  party: optional(label()),
  workload: optional(label()),
  job: optional(label()),
  boundary: optional(oneOf(BOUNDARIES)),
})
export type Selection = shape.TypeOf<typeof select>

const budget = object({
  name: label(),
  select: optional(select),
  period,
  limits: array(limit, { min: 1, max: 64 }),
  /** How many certificates the trend shows. */
  trend: optional(integer(2, 120)),
})
export type Budget = shape.TypeOf<typeof budget>

/** The file `wattest.budget.yaml`. */
export const budgetFile = object({ version: literal(1), budgets: array(budget, { min: 1, max: 1000 }) })
export type BudgetFile = shape.TypeOf<typeof budgetFile>
