import { shape } from "@wattest/protocol"

const { array, boolean, nullable, object, oneOf, text } = shape

/** What a key figure is made of: registers of runs, and the quality that somebody declares of their results. */
export const TERMS = ["energy", "work", "accepted", "quality", "carbon"] as const
export type Term = (typeof TERMS)[number]

const kpi = object({
  id: text(64),
  title: text(128),
  unit: text(64),
  /** The figure is `scale` times the product of `above` over that of `below`; energy in J, carbon in g of CO2e. */
  scale: text(32),
  above: array(oneOf(TERMS), { min: 1, max: 4 }),
  below: array(oneOf(TERMS), { max: 4 }),
  /** The unit of work that runs must count; null for any. */
  counts: nullable(text(64)),
  /** The boundary at which its source meters it; null for any. */
  boundary: nullable(oneOf(["gpu"])),
  /** Whether less of it is better. */
  lessIsBetter: boolean,
  note: text(512),
  source: text(256),
})
export type Kpi = shape.TypeOf<typeof kpi>
export const kpiTable = array(kpi, { min: 1, max: 64 })

const SCORE = "AI Energy Score (huggingface/AIEnergyScore, documentation of December 2025)"

/** Key figures as data: the table of docs/metrics.md and the code that computes them read these rows alone. */
export const KPIS: readonly Kpi[] = [
  {
    ...{ id: "joules-per-accurate-prediction", title: "Joules per accurate prediction", unit: "J" },
    ...{ scale: "1", above: ["energy"], below: ["accepted"], counts: null, boundary: null, lessIsBetter: true },
    note: "accepted are the units that met the declared quality rule: for a classifier, the right predictions",
    source: "this project: `energy-per-accepted`",
  },
  {
    ...{ id: "wh-per-transaction", title: "Wh per transaction", unit: "Wh" },
    ...{ scale: "1/3600", above: ["energy"], below: ["work"], counts: "transaction", boundary: null },
    ...{ lessIsBetter: true, note: "work is counted in the unit `transaction`" },
    source: "this project: `energy-per-work`",
  },
  {
    ...{ id: "accuracy-per-kwh", title: "Accuracy per kWh (Acc/kWh)", unit: "1/kWh" },
    ...{ scale: "3600000", above: ["quality"], below: ["energy"], counts: null, boundary: null, lessIsBetter: false },
    note: "grows as fewer samples are evaluated: compare runs of the same test set alone",
    source: "usual in papers; the quality is accepted / work, or what somebody declares",
  },
  {
    ...{ id: "accuracy-per-gram-co2e", title: "Accuracy per gram of CO2e", unit: "1/g" },
    ...{ scale: "1", above: ["quality"], below: ["carbon"], counts: null, boundary: null, lessIsBetter: false },
    note: "grows as fewer samples are evaluated; its authors take 400 g/kWh for every grid, a device the intensity of the time",
    source: "AI-CARE (USD-AI-ResearchLab/ai-care, utils/plot_utils.py: CARE-AI efficiency of inference)",
  },
  {
    ...{ id: "wh-per-1000-queries", title: "GPU energy per 1,000 queries", unit: "Wh" },
    ...{ scale: "1000/3600", above: ["energy"], below: ["work"], counts: "query", boundary: "gpu", lessIsBetter: true },
    note: "the Score is the mean over ten repetitions of 1,000 prompts; its stars are not computed: two rules for them are published",
    source: SCORE,
  },
  {
    ...{ id: "tokens-per-joule", title: "Tokens per joule", unit: "1/J" },
    ...{ scale: "1", above: ["work"], below: ["energy"], counts: "token", boundary: "gpu", lessIsBetter: false },
    ...{ note: "the Score's column `tokens_per_joule`", source: SCORE },
  },
  {
    ...{ id: "energy-per-prompt", title: "Energy per prompt", unit: "Wh" },
    ...{ scale: "1/3600", above: ["energy"], below: ["work"], counts: "query", boundary: "gpu", lessIsBetter: true },
    ...{ note: "the Score's column `avg_energy_per_prompt_wh`", source: SCORE },
  },
]

/** `1000/3600 · energy / work`, as the table shows it. */
export function formulaOf({ scale, above, below }: Kpi): string {
  const factor = scale === "1" ? "" : `${scale} · `
  return `${factor}${above.join(" · ")}${below.length === 0 ? "" : ` / ${below.join(" · ")}`}`
}
