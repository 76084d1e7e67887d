import { METRICS, type MetricName } from "@wattest/protocol"
import type { Fraction } from "@wattest/verifier"
import { knownOf } from "../books/amount.ts"
import type { Books, JudgedRun } from "../books/books.ts"
import { labelsOf } from "../books/select.ts"
import type { BudgetResult } from "./decide.ts"

type Labels = { readonly [name: string]: string }
type Sample = { readonly labels: Labels; readonly value: number }

const escaped = (text: string) => text.replace(/[\\"\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`))

/** A metric in Prometheus's text form; nothing where nobody has it. */
function family(name: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return ""
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
    return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join("")}`
}

const GROUPED = ["model", "unit", "site", "party", "boundary"] as const

/** Runs of one model, unit, site, party and boundary. */
function groupsOf(
  runs: readonly JudgedRun[],
): readonly { readonly labels: Labels; readonly runs: readonly JudgedRun[] }[] {
  const groups = new Map<string, JudgedRun[]>()
  for (const run of runs) {
    const labels = labelsOf(run)
    const key = JSON.stringify(GROUPED.map((name) => [name, labels[name]]))
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  return [...groups].map(([key, own]) => ({ labels: Object.fromEntries(JSON.parse(key)), runs: own }))
}

const PER_UNIT = {
  wattest_energy_per_unit_joules: ["energy-per-work", "Energy for a unit of work, J"],
  wattest_energy_per_accepted_unit_joules: ["energy-per-accepted", "Energy for an accepted unit of work, J"],
} as const

/** Microjoules of a proof to joules. */
const inJoules = ({ value, divisor }: Fraction, metric: MetricName) =>
  Number(value) / Number(divisor) / Number(METRICS[metric].scale * 1000n)

function unitFamilies(groups: ReturnType<typeof groupsOf>): string {
  const families = Object.entries(PER_UNIT).flatMap(([name, [metric, help]]) => {
    const known = groups.map(({ labels, runs }) => ({ labels, range: knownOf(runs, metric).range }))
    const samples = (end: "lo" | "hi") =>
      known.flatMap(({ labels, range }) => {
        const at = range[end]
        return at === null ? [] : [{ labels, value: inJoules(at, metric) }]
      })
    return [
      family(`${name}_lower`, `${help}: lower end of the interval`, samples("lo")),
      family(`${name}_upper`, `${help}: upper end of the interval`, samples("hi")),
    ]
  })
  return families.join("")
}

/**
 * Of each device's last run whose captures are here: its thermal envelope over its length, so that runs of any length
 * compare.
 */
function envelopeSamples({ evidence, runs }: Books): readonly Sample[] {
  const last = new Map<string, Sample & { readonly run: bigint }>()
  for (const { device, site, evidence: shown } of evidence) {
    const found = shown.quantities.find(({ id }) => id === "thermal-envelope")
    const run = runs.find((one) => one.device === device && one.certified.run === shown.run)
    if (found === undefined || run === undefined || (last.get(device)?.run ?? -1n) > shown.run) continue
    const { startTimeMs, endTimeMs } = run.certified.statement
    const value = found.value / ((endTimeMs - startTimeMs) / 1000)
    last.set(device, { run: shown.run, labels: { device, site, grade: found.grade }, value })
  }
  return [...last.values()].map(({ labels, value }) => ({ labels, value }))
}

const STANDING = { within: 0, warning: 1, over: 2, unknown: 3 } as const

/** What judged certificates say, for Prometheus: a page for its textfile collector, or for any server of files. */
export function renderPrometheus(books: Books, results: readonly BudgetResult[]): string {
  const groups = groupsOf(books.runs)
  const ended = groups.map(({ labels, runs }) => ({
    labels,
    value: (runs.at(-1)?.certified.statement.endTimeMs ?? 0) / 1000,
  }))
  const lines = results.flatMap(({ name: budget, lines: own }) =>
    own.map(({ limit, source, standing }) => ({ labels: { budget, limit, source }, value: STANDING[standing] })),
  )
  return [
    unitFamilies(groups),
    family("wattest_last_run_end_seconds", "When the last run of a group ended, Unix seconds", ended),
    family(
      "wattest_thermal_envelope_watts_per_kelvin",
      "Accelerator power for each kelvin above the inlet, of a device's last run with full evidence",
      envelopeSamples(books),
    ),
    family("wattest_budget_standing", "0 within, 1 over by the upper end alone, 2 over, 3 not known", lines),
    family("wattest_documents_valid", "Documents that are valid", [{ labels: {}, value: books.valid }]),
    family("wattest_documents_refused", "Documents that do not enter", [{ labels: {}, value: books.refused.length }]),
  ].join("")
}
