import { visibleJson } from "@wattest/protocol"
import type { Filing } from "../filing.ts"
import { dayAfter } from "./format.ts"
import { type Fact, factName, factsOf, namespacesOf } from "./xbrl-facts.ts"

/** A footnote's content is markup: a text has none. */
const asMarkup = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

/** Footnotes as facts of the model, by their names. */
const notesOf = (facts: readonly Fact[]) =>
  facts.flatMap(({ note }, at) => {
    if (note === null) return []
    const name = `n${at + 1}`
    return [
      [name, { value: asMarkup(note), dimensions: { concept: "xbrl:note", noteId: name, language: "en" } }] as const,
    ]
  })

const LINKS = {
  linkTypes: { footnote: "http://www.xbrl.org/2003/arcrole/fact-footnote" },
  linkGroups: { _: "http://www.xbrl.org/2003/role/link" },
}

/** xBRL-JSON (OIM 1.0, 2021). A cell that is only bounded is no fact and is left out; one that is not whole has a footnote. */
export function xbrlJson(filing: Filing): string {
  const facts = factsOf(filing)
  const notes = notesOf(facts)
  const names = facts.map(({ id, concept, value, decimals, unit, period, dimensions, note }, at) => [
    `f${at + 1}-${factName(id)}`,
    {
      value,
      ...(decimals === null ? {} : { decimals }),
      dimensions: {
        ...{
          concept,
          entity: `lei:${filing.entity.lei}`,
          period: `${period.from}T00:00:00/${dayAfter(period.to)}T00:00:00`,
        },
        ...(unit === null ? {} : { unit }),
        ...(decimals === null ? { language: "en" } : {}),
        ...dimensions,
      },
      ...(note === null ? {} : { links: { footnote: { _: [`n${at + 1}`] } } }),
    },
  ])
  return visibleJson({
    documentInfo: {
      documentType: "https://xbrl.org/2021/xbrl-json",
      namespaces: {
        ...namespacesOf(filing, facts),
        ...(notes.length === 0 ? {} : { xbrl: "https://xbrl.org/2021" }),
        lei: filing.standard.entityScheme,
      },
      taxonomy: filing.standard.taxonomy,
      ...(notes.length === 0 ? {} : LINKS),
    },
    facts: Object.fromEntries([...names, ...notes]),
  })
}
