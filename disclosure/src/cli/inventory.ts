import { type Context, grid, type Outcome } from "@wattest/command"
import { plural, visible, visibleJson } from "@wattest/protocol"
import { policyDigest } from "@wattest/verifier"
import { sayAsOf } from "../figures/world-notes.ts"
import { correctedRows, type Inventory, inventoryOf } from "../inventory/inventory.ts"
import type { Listed } from "../inventory/listed.ts"
import { type MaterialOptions, prepare } from "./material.ts"

export type InventoryOptions = MaterialOptions & { readonly by: Listed }

const HOUR_MS = 3_600_000

function render({
  period,
  asOf,
  by,
  rows,
  coverage,
  needs,
  notes,
  claims,
  refused,
  policyDigest: policy,
}: Inventory): string {
  const cells = rows.map(({ boundary, key, runs, energyKwh, uncertaintyKwh, carbonKg, noFactorKwh }) => [
    ...[boundary, key === "" ? "–" : key, `${runs}`, energyKwh, uncertaintyKwh === null ? "–" : `± ${uncertaintyKwh}`],
    ...[carbonKg ?? "no factor", noFactorKwh],
  ])
  const { meteredMs, blindMs, voids, notShown, behind, broken } = coverage
  const hours = (ms: number) => `${(ms / HOUR_MS).toFixed(1)} device-hours`
  const lines = [
    `${period.from} to ${period.to}${sayAsOf(asOf)}, judged under policy ${policy}`,
    "Energies of different boundaries are never added: a rack holds its nodes.",
  ]
  return [
    ...lines.map((line) => `${visible(line)}\n`),
    "\n",
    grid(["boundary", by, "runs", "kWh", "uncertainty", "kg CO2e", "kWh without factor"], cells),
    `\nmetered ${hours(meteredMs)}, blind ${hours(blindMs)}; ${plural(voids, "run")} void, ${notShown} not shown, ${broken} after broken books; ${plural(behind.length, "device")} with books that end before the period does\n`,
    ...claims.map(({ document, sentence }) => `${visible(`claim: ${sentence} (${document})`)}\n`),
    ...notes.map((note) => `${visible(`note: ${note}`)}\n`),
    ...needs.map((need) => `${visible(`would make it whole: ${need}`)}\n`),
    ...refused.map(
      ({ name, status, code, detail }) => `${visible(`not counted: ${name} is ${status}, ${code}: ${detail}`)}\n`,
    ),
  ].join("")
}

/** `inventory`. */
export async function inventory(
  paths: readonly string[],
  options: InventoryOptions,
  context: Context,
): Promise<Outcome> {
  const { material, policy, signer } = await prepare(paths, options, null, context)
  const digest = policyDigest(policy)
  const current = inventoryOf(material, options.by, digest, signer)
  const earlier = options["previous-as-of"]
  const before = earlier === undefined ? null : inventoryOf({ ...material, asOf: earlier }, options.by, digest, signer)
  const corrections = before === null ? [] : correctedRows(current, before)
  const { terminal, json } = context
  if (json) {
    terminal.print(visibleJson({ ...current, corrections }, 0))
    return {}
  }
  const said = corrections.map(({ row, previously }) =>
    visible(
      `corrected: ${row.boundary} ${row.key}: previously stated ${previously ?? "nothing"}, currently ${row.energyKwh} kWh`,
    ),
  )
  terminal.print(`${render(current)}${said.map((line) => `${line}\n`).join("")}`)
  return {}
}
