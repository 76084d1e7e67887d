import { instant } from "../encoding/instant.ts"
import { plural } from "../encoding/plural.ts"
import { scriptsMark } from "../encoding/scripts.ts"
import { visible } from "../encoding/visible.ts"
import { ASKED_TAGS } from "./asked.ts"
import { type Bounds, countsWork, type Measure, NO_UPPER_BOUND } from "./measure.ts"
import { METRICS, type MetricName } from "./metric.ts"
import { formatQuantity } from "./quantity.ts"
import type { Scope, ShownScope } from "./scope.ts"
import { unitText } from "./unit-text.ts"

const quote = (text: string) => `${visible(JSON.stringify(text))}${scriptsMark(text)}`
const distinct = (values: readonly string[]) => [...new Set(values)].join(", ")

/** A number that was proved. */
export type ProvenBound = Bounds & { readonly metric: MetricName; readonly measure: Measure }

/** What lies between bounds, in words; `unit` is the unit of work. */
export function boundsText({ metric, lo, hi }: Omit<ProvenBound, "measure">, unit: string): string {
  const say = (value: bigint) => formatQuantity(value, metric, unitText(unit))
  if (lo === hi) return `exactly ${say(lo)}`
  if (lo === 0n) return hi === NO_UPPER_BOUND ? "some amount" : `at most ${say(hi)}`
  return hi === NO_UPPER_BOUND ? `at least ${say(lo)}` : `between ${say(lo)} and ${say(hi)}`
}

/** What runs a tally counts: labels that it asks for, and where they were metered. */
export function filtersText({ filters }: Pick<Scope, "filters">, isOfWork: boolean): string {
  const named = ASKED_TAGS.filter((name) => name !== "unit").flatMap((name) => {
    const text = filters[name]
    if (text === null) return []
    return [text === "" ? `no ${name}` : `${name} ${quote(text)}`]
  })
  const unit = isOfWork ? [] : ["in any unit of work"]
  return [...named, `metered at the ${filters.boundary}`, ...unit].join(", ")
}

function scopeText(scope: ShownScope, isOfWork: boolean): string {
  const { owners, from, to, asOf, runs, chainId } = scope
  const who = `operator ${distinct(owners.map(({ operator }) => operator))} (vouched for by ${distinct(owners.map(({ voucher }) => voucher))})`
  const when = `that ended after ${instant(from)} and not after ${instant(to)}`
  if (asOf === null) return `${plural(runs, "run")} that ${who} chose, ${filtersText(scope, isOfWork)}, ${when},`
  const where = `in ${plural(owners.length, "ledger")} of ${who} on chain ${chainId}`
  return `all runs (${filtersText(scope, isOfWork)}) ${when}, among the ${runs} anchored before ${instant(asOf)} ${where},`
}

function conditionsText(
  { conditions: { energyGrade, workGrade, origin, required } }: ShownScope,
  isOfWork: boolean,
): string {
  const work = isOfWork ? [`work ${workGrade} or better`] : []
  const sources = required.length === 0 ? [] : [`each with ${required.join(", ")}`]
  const live = origin === "live" ? "metered live" : "metered live or recorded elsewhere"
  return [`energy graded ${energyGrade} or better`, ...work, live, ...sources].join(", ")
}

/** What a ratio divides: `energyMillijoules + uncertaintyMillijoules over itMillijoules`. */
function ratioText({ numerator, denominator }: Measure, scopes: readonly [ShownScope, ShownScope]): string {
  const other = scopes[0] === scopes[1] ? "" : ` of ${scopeText(scopes[1], false).replace(/,$/, "")}`
  return ` (${numerator.join(" + ")} over ${denominator.join(" + ")}${other})`
}

/** What was proved of a tally, in one English sentence of which every word was checked; `over` is that of the denominator. */
export function claimSentence(bound: ProvenBound, scope: ShownScope, over: ShownScope = scope): string {
  const { metric, measure } = bound
  const isOfWork = countsWork(measure)
  const text = scopeText(scope, isOfWork)
  const ratio = metric === "ratio" ? ratioText(measure, [scope, over]) : ""
  const bounds = boundsText(bound, scope.filters.unit ?? "")
  const counts = `${scope.unopened} unopened, ${scope.voids} void`
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} ${METRICS[metric].verb} ${bounds}${ratio} (${conditionsText(scope, isOfWork)}; ${counts}).`
}

/** What nobody may conclude from a claim. */
export function claimLimits({ asOf }: Scope): string {
  const rest =
    asOf === null
      ? "any run that was not chosen, of for which job the chosen ones ran, or of vouches withdrawn after the blocks of its proofs"
      : "operators' other addresses and ledgers, hardware without a meter, runs anchored later, void and unopened runs, or vouches withdrawn after the blocks of its proofs"
  return `It does not speak of ${rest}; work, model, site and party are the operator's word as far as their grade says.`
}
