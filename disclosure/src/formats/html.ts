import type { Cell, Filing, Source } from "../filing.ts"
import { escaped } from "./format.ts"

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{border-bottom:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}section{border:1px solid #bbb;border-radius:.4rem;padding:.5rem 1rem;margin:1rem 0}section.partly{border-left:.5rem solid #b36b00}section.missing{border-left:.5rem solid #a00}section.filled{border-left:.5rem solid #06652b}.value{font-size:1.3rem;font-weight:600}"

const list = (title: string, items: readonly string[]) =>
  items.length === 0 ? "" : `<h4>${title}</h4><ul>${items.map((item) => `<li>${escaped(item)}</li>`).join("")}</ul>`

const time = (seconds: number) => new Date(seconds * 1000).toISOString()

function sourceRow({ document, documentDigest, kind, evidence, verdict, block, quantity, share }: Source): string {
  const anchored =
    block === null ? "no chain holds it" : `chain ${block.chainId}, block ${block.number}, ${time(block.time)}`
  const columns = [
    ...[document, documentDigest ?? "–", kind, evidence, verdict ?? "not judged", anchored],
    ...[quantity, share],
  ]
  return `<tr>${columns.map((column) => `<td>${escaped(column)}</td>`).join("")}</tr>`
}

/** What weakens a number, in words. */
export function weakSpots({
  state,
  evidence,
  bound,
  uncertainty,
  coverage,
  grades,
  kind,
  value,
}: Cell): readonly string[] {
  const spots: string[] = []
  if (state === "partly") spots.push("not everything that belongs into it is in it")
  if (evidence === "declared") spots.push("part of it rests on the entity's own word")
  if (evidence === "attested") spots.push("part of it rests on somebody else's word")
  if (bound === "at-most") spots.push("an upper bound, not the number")
  if (kind === "number" && value !== null && uncertainty === null) spots.push("its uncertainty is not known")
  for (const { grade, share } of grades) if (grade !== "measured") spots.push(`${share} of it is ${grade}`)
  if (coverage === null) return spots
  const { meteredMs, expectedMs, blindMs, voids, notShown, behind } = coverage
  if (expectedMs === null) spots.push("nobody says how much time there was to meter")
  else if (BigInt(meteredMs) < BigInt(expectedMs)) spots.push(`${meteredMs} ms of ${expectedMs} ms are metered`)
  if (blindMs !== "0") spots.push(`${blindMs} ms without readings`)
  if (voids !== "0") spots.push(`${voids} runs are void`)
  if (notShown !== "0") spots.push(`${notShown} runs are shown by no document`)
  if (behind.length > 0) spots.push(`books of ${behind.length} devices do not reach the end of the period`)
  return spots
}

function section(cell: Cell): string {
  const sources =
    cell.sources.length === 0
      ? "<p>No document stands behind it.</p>"
      : `<table><thead><tr><th>Document</th><th>SHA-256</th><th>Kind</th><th>Evidence</th><th>Verdict</th><th>Block</th><th>Gives</th><th>Share</th></tr></thead><tbody>${cell.sources.map(sourceRow).join("")}</tbody></table>`
  const uncertainty = cell.uncertainty === null ? "" : `, ± ${cell.uncertainty} (k = 2)`
  const value =
    cell.value === null
      ? "missing"
      : `${cell.bound === "at-most" ? "at most " : ""}${cell.value} ${cell.unit}${uncertainty}`
  return [
    `<section class="${cell.state}"><h3>${escaped(`${cell.id}: ${cell.label}`)}</h3>`,
    `<p class="value">${escaped(value)}</p><p>${escaped(`${cell.state}; ${cell.concept}`)}</p>`,
    cell.previous === null ? "" : `<p>Previously stated: ${escaped(cell.previous)}</p>`,
    sources,
    list("Weak spots", weakSpots(cell)),
    list("What would fill it", cell.needs),
    list("Notes", cell.notes),
    "</section>",
  ].join("\n")
}

/** One page without scripts and without anything from elsewhere: each cell, its documents, verdicts, blocks and weak spots. */
export function html(filing: Filing): string {
  const { standard, entity, period, refused, cells, profileSigner } = filing
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escaped(`${entity.name}: ${standard.title}`)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(entity.name)}</h1><h2>${escaped(`${standard.title}, ${period.from} to ${period.to}`)}</h2>`,
    `<p>${escaped(`About the ${filing.subject.kind} ${filing.subject.name}. Policy ${filing.policyDigest}. Profile ${filing.profileDigest}, ${profileSigner === null ? "signed by nobody" : `signed by ${profileSigner}`}. ${filing.asOf === null ? "" : `As of ${time(filing.asOf)}.`}`)}</p>`,
    list("Of the whole filing", filing.notes),
    ...cells.map(section),
    list(
      "Documents that did not enter",
      refused.map(({ name, status, code, detail }) => `${name} is ${status}, ${code}: ${detail}`),
    ),
    "</body></html>",
    "",
  ].join("\n")
}
