import type { Filing } from "../filing.ts"
import { escaped } from "./format.ts"
import { type Fact, factsOf, namespacesOf } from "./xbrl-facts.ts"

const FIXED = {
  ix: "http://www.xbrl.org/2013/inlineXBRL",
  ixt: "http://www.xbrl.org/inlineXBRL/transformation/2020-02-12",
  xbrli: "http://www.xbrl.org/2003/instance",
  xbrldi: "http://xbrl.org/2006/xbrldi",
  link: "http://www.xbrl.org/2003/linkbase",
  xlink: "http://www.w3.org/1999/xlink",
}

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #bbb;padding:.4rem;text-align:left}td.number{text-align:right;font-variant-numeric:tabular-nums}"

const sortedEntries = (record: { readonly [key: string]: string }) => Object.entries(record).sort()
const contextKey = ({ period, dimensions }: Fact) => JSON.stringify([period.from, period.to, sortedEntries(dimensions)])
const unitKey = ({ unit, decimals }: Fact) => unit ?? (decimals === null ? null : "xbrli:pure")

/** Keys to names, in the order of their first fact. */
function named(keys: readonly (string | null)[], prefix: string): ReadonlyMap<string, string> {
  const distinct = [...new Set(keys.filter((key) => key !== null))]
  return new Map(distinct.map((key, at) => [key, `${prefix}${at + 1}`]))
}

function contextOf(id: string, fact: Fact, { entity, standard }: Filing): string {
  const members = sortedEntries(fact.dimensions).map(
    ([axis, member]) =>
      `<xbrldi:explicitMember dimension="${escaped(axis)}">${escaped(member)}</xbrldi:explicitMember>`,
  )
  const scenario = members.length === 0 ? "" : `<xbrli:scenario>${members.join("")}</xbrli:scenario>`
  // An end without a time is the last day, included; in the model it is the midnight after it.
  return `<xbrli:context id="${id}"><xbrli:entity><xbrli:identifier scheme="${escaped(standard.entityScheme ?? "")}">${escaped(entity.lei ?? "")}</xbrli:identifier></xbrli:entity><xbrli:period><xbrli:startDate>${fact.period.from}</xbrli:startDate><xbrli:endDate>${fact.period.to}</xbrli:endDate></xbrli:period>${scenario}</xbrli:context>`
}

const measures = (product: string) =>
  product
    .split("*")
    .map((measure) => `<xbrli:measure>${escaped(measure)}</xbrli:measure>`)
    .join("")

function unitOf(id: string, unit: string): string {
  const [numerator = "", denominator] = unit.split("/")
  const inside =
    denominator === undefined
      ? measures(numerator)
      : `<xbrli:divide><xbrli:unitNumerator>${measures(numerator)}</xbrli:unitNumerator><xbrli:unitDenominator>${measures(denominator)}</xbrli:unitDenominator></xbrli:divide>`
  return `<xbrli:unit id="${id}">${inside}</xbrli:unit>`
}

/** `1234567.5` as people read it, `1,234,567.5`: the transformation num-dot-decimal takes it back. */
function grouped(decimal: string): string {
  const [whole = "", fraction] = decimal.split(".")
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction === undefined ? "" : `.${fraction}`)
}

function tagged(fact: Fact, context: string, unit: string | null): string {
  const attributes = `name="${escaped(fact.concept)}" contextRef="${context}"`
  if (unit === null) return `<ix:nonNumeric ${attributes}>${escaped(fact.value)}</ix:nonNumeric>`
  const sign = fact.value.startsWith("-")
  const number = `<ix:nonFraction ${attributes} unitRef="${unit}" decimals="${fact.decimals}" format="ixt:num-dot-decimal"${sign ? ' sign="-"' : ""}>${grouped(fact.value.replace(/^-/, ""))}</ix:nonFraction>`
  return `${sign ? "−" : ""}${number}`
}

/** Inline XBRL 1.1: one page that people read and programs load, with the facts of xbrlJson. */
export function ixbrl(filing: Filing): string {
  const facts = factsOf(filing)
  const contexts = named(facts.map(contextKey), "c")
  const units = named(facts.map(unitKey), "u")
  const namespaces = Object.entries({ ...FIXED, ...namespacesOf(filing, facts) })
  const first = (key: string) => facts.find((fact) => contextKey(fact) === key)
  const contextXml = [...contexts].flatMap(([key, id]) => {
    const fact = first(key)
    return fact === undefined ? [] : [contextOf(id, fact, filing)]
  })
  const rows = facts.map((fact) => {
    const unit = unitKey(fact)
    const cell = tagged(fact, contexts.get(contextKey(fact)) ?? "", unit === null ? null : (units.get(unit) ?? ""))
    const shown = fact.unit?.replace(/[a-z0-9]+:/g, "") ?? ""
    return `<tr><td>${escaped(fact.id)}</td><td>${escaped(fact.label)}</td><td class="number">${cell}</td><td>${escaped(shown)}</td></tr>`
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" ${namespaces.map(([prefix, uri]) => `xmlns:${prefix}="${escaped(uri)}"`).join(" ")}>`,
    `<head><title>${escaped(`${filing.entity.name}: ${filing.standard.title}`)}</title><style type="text/css">${STYLE}</style></head>`,
    "<body>",
    '<div style="display:none"><ix:header><ix:references>',
    ...filing.standard.taxonomy.map((entry) => `<link:schemaRef xlink:type="simple" xlink:href="${escaped(entry)}"/>`),
    "</ix:references><ix:resources>",
    ...contextXml,
    ...[...units].map(([unit, id]) => unitOf(id, unit)),
    "</ix:resources></ix:header></div>",
    `<h1>${escaped(filing.entity.name)}</h1>`,
    `<p>${escaped(filing.standard.title)}, ${filing.period.from} to ${filing.period.to}</p>`,
    `<table><thead><tr><th>Line</th><th>What</th><th>Value</th><th>Unit</th></tr></thead><tbody>`,
    ...rows,
    "</tbody></table></body></html>",
    "",
  ].join("\n")
}
