import { hash } from "node:crypto"
import type { Filing } from "../filing.ts"
import { csvOf } from "./csv.ts"
import { demanded, statedValue } from "./format.ts"

/** One for each subject and period of an entity: readers take rows of the same run for its running totals. */
const runId = ({ subject, period, profileDigest }: Filing): string =>
  hash("sha256", JSON.stringify([profileDigest, subject.kind, subject.name, period.from, period.to]), "hex").slice(
    0,
    32,
  )

/** A row as CodeCarbon 3.3 writes emissions.csv (kWh, kg, s, L). A column without a proof is empty, never zero. */
export function codecarbon(filing: Filing): string {
  const value = (id: string) => statedValue(filing, id) ?? ""
  const duration = value("duration")
  const emissions = value("emissions")
  const rate = emissions === "" || !(Number(duration) > 0) ? "" : String(Number(emissions) / Number(duration))
  const columns: readonly (readonly [string, string])[] = [
    ["timestamp", demanded(filing, "to").replace("Z", "")],
    ["project_name", filing.subject.name],
    ["run_id", runId(filing)],
    ["experiment_id", filing.profileDigest.slice(2, 34)],
    ["duration", duration],
    ["emissions", emissions],
    ["emissions_rate", rate],
    ...["cpu_power", "gpu_power", "ram_power", "cpu_energy", "gpu_energy", "ram_energy"].map(
      (name) => [name, ""] as const,
    ),
    ["energy_consumed", demanded(filing, "energy")],
    ["water_consumed", value("water")],
    ["country_name", ""],
    ["country_iso_code", ""],
    ["region", value("region")],
    ...["cloud_provider", "cloud_region", "os", "python_version"].map((name) => [name, ""] as const),
    ["codecarbon_version", filing.standard.version],
    ...["cpu_count", "cpu_model"].map((name) => [name, ""] as const),
    ["gpu_count", value("gpus")],
    ...["gpu_model", "longitude", "latitude", "ram_total_size"].map((name) => [name, ""] as const),
    ...["tracking_mode", "cpu_utilization_percent", "gpu_utilization_percent", "ram_utilization_percent"].map(
      (name) => [name, ""] as const,
    ),
    ...["ram_used_gb", "on_cloud", "pue", "wue"].map((name) => [name, ""] as const),
  ]
  return csvOf([columns.map(([name]) => name), columns.map(([, value]) => value)])
}
