import { html, Markup } from "@wattest/verifier"
import type { Filing } from "../filing.ts"
import { unitText } from "./words.ts"
import { type Fact, factsOf, namespacesOf } from "./xbrl-facts.ts"

const FIXED = {
  ix: "http://www.xbrl.org/2013/inlineXBRL",
  ixt: "http://www.xbrl.org/inlineXBRL/transformation/2020-02-12",
  xbrli: "http://www.xbrl.org/2003/instance",
  xbrldi: "http://xbrl.org/2006/xbrldi",
  link: "http://www.xbrl.org/2003/linkbase",
  xlink: "http://www.w3.org/1999/xlink",
}

const STYLE = new Markup(
  ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #bbb;padding:.4rem;text-align:left}td.number{text-align:right;font-variant-numeric:tabular-nums}",
)

/** What is in no document of XML, whatever escapes it. */
const NO_XML = /[\uFFFE\uFFFF\p{Surrogate}]/gu

const sortedEntries = (record: { readonly [key: string]: string }) => Object.entries(record).sort()
const contextKey = ({ period, dimensions }: Fact) => JSON.stringify([period.from, period.to, sortedEntries(dimensions)])
const unitKey = ({ unit, decimals }: Fact) => unit ?? (decimals === null ? null : "xbrli:pure")

/** Keys to names, in the order of their first fact. */
function named(keys: readonly (string | null)[], prefix: string): ReadonlyMap<string, string> {
  const distinct = [...new Set(keys.filter((key) => key !== null))]
  return new Map(distinct.map((key, at) => [key, `${prefix}${at + 1}`]))
}

function contextOf(id: string, fact: Fact, { entity, standard }: Filing): Markup {
  const members = sortedEntries(fact.dimensions).map(
    ([axis, member]) => html`<xbrldi:explicitMember dimension="${axis}">${member}</xbrldi:explicitMember>`,
  )
  const scenario = members.length === 0 ? null : html`<xbrli:scenario>${members}</xbrli:scenario>`
  // An end without a time is the last day, included; in the model it is the midnight after it.
  return html`<xbrli:context id="${id}"><xbrli:entity><xbrli:identifier scheme="${standard.entityScheme}">${entity.lei}</xbrli:identifier></xbrli:entity><xbrli:period><xbrli:startDate>${fact.period.from}</xbrli:startDate><xbrli:endDate>${fact.period.to}</xbrli:endDate></xbrli:period>${scenario}</xbrli:context>
`
}

const measures = (product: string): readonly Markup[] =>
  product.split("*").map((measure) => html`<xbrli:measure>${measure}</xbrli:measure>`)

function unitOf(id: string, unit: string): Markup {
  const [numerator = "", denominator] = unit.split("/")
  const inside =
    denominator === undefined
      ? measures(numerator)
      : html`<xbrli:divide><xbrli:unitNumerator>${measures(numerator)}</xbrli:unitNumerator><xbrli:unitDenominator>${measures(denominator)}</xbrli:unitDenominator></xbrli:divide>`
  return html`<xbrli:unit id="${id}">${inside}</xbrli:unit>
`
}

/** `1234567.5` as people read it, `1,234,567.5`: the transformation num-dot-decimal takes it back. */
function grouped(decimal: string): string {
  const [whole = "", fraction] = decimal.split(".")
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction === undefined ? "" : `.${fraction}`)
}

type Named = { readonly id: string; readonly context: string; readonly unit: string | null }

function tagged(fact: Fact, { id, context, unit }: Named): Markup {
  const attributes = html`id="${id}" name="${fact.concept}" contextRef="${context}"`
  if (unit === null) return html`<ix:nonNumeric ${attributes}>${fact.value}</ix:nonNumeric>`
  const isNegative = fact.value.startsWith("-")
  const number = html`<ix:nonFraction ${attributes} unitRef="${unit}" decimals="${fact.decimals}" format="ixt:num-dot-decimal"${isNegative ? html` sign="-"` : null}>${grouped(fact.value.replace(/^-/, ""))}</ix:nonFraction>`
  return html`${isNegative ? "−" : ""}${number}`
}

/** Inline XBRL 1.1: one page that people read and programs load, with the facts of xbrlJson. */
export function ixbrl(filing: Filing): string {
  const facts = factsOf(filing)
  const contexts = named(facts.map(contextKey), "c")
  const units = named(facts.map(unitKey), "u")
  const { entity, standard, period } = filing
  const namespaces = Object.entries({ ...FIXED, ...namespacesOf(filing, facts) }).map(
    ([prefix, uri]) => html` xmlns:${prefix}="${uri}"`,
  )
  const schemas = standard.taxonomy.map((entry) => html`<link:schemaRef xlink:type="simple" xlink:href="${entry}"/>`)
  const contextXml = [...contexts].flatMap(([key, id]) => {
    const fact = facts.find((one) => contextKey(one) === key)
    return fact === undefined ? [] : [contextOf(id, fact, filing)]
  })
  const rows = facts.map((fact, at) => {
    const unit = unitKey(fact)
    const context = contexts.get(contextKey(fact)) ?? ""
    const cell = tagged(fact, { id: `f${at + 1}`, context, unit: unit === null ? null : (units.get(unit) ?? "") })
    const note = fact.note === null ? null : html`<ix:footnote id="n${at + 1}" xml:lang="en">${fact.note}</ix:footnote>`
    return html`<tr><td>${fact.id}</td><td>${fact.label}</td><td class="number">${cell}</td><td>${unitText(fact.unit ?? "")}</td><td>${note}</td></tr>
`
  })
  const relationships = facts.flatMap(({ note }, at) =>
    note === null ? [] : [html`<ix:relationship fromRefs="f${at + 1}" toRefs="n${at + 1}"/>`],
  )
  return html`<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"${namespaces}>
<head><title>${entity.name}: ${standard.title}</title><style type="text/css">${STYLE}</style></head>
<body>
<div style="display:none"><ix:header><ix:references>${schemas}</ix:references><ix:resources>
${contextXml}${[...units].map(([unit, id]) => unitOf(id, unit))}${relationships}</ix:resources></ix:header></div>
<h1>${entity.name}</h1>
<p>${standard.title}, ${period.from} to ${period.to}</p>
<table><thead><tr><th>Line</th><th>What</th><th>Value</th><th>Unit</th><th>What is to be known</th></tr></thead><tbody>
${rows}</tbody></table></body></html>
`.text.replace(NO_XML, "\uFFFD")
}
