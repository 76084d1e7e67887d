import { visibleJson } from "@wattest/protocol"
import type { Filing } from "../filing.ts"
import { dayAfter } from "./format.ts"
import { factName, factsOf, namespacesOf } from "./xbrl-facts.ts"

/** xBRL-JSON (OIM 1.0, 2021). A cell that is only bounded is no fact and is left out. */
export function xbrlJson(filing: Filing): string {
  const facts = factsOf(filing)
  const names = facts.map(({ id, concept, value, decimals, unit, period, dimensions }, at) => [
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
    },
  ])
  return visibleJson({
    documentInfo: {
      documentType: "https://xbrl.org/2021/xbrl-json",
      namespaces: { ...namespacesOf(filing, facts), lei: filing.standard.entityScheme },
      taxonomy: filing.standard.taxonomy,
    },
    facts: Object.fromEntries(names),
  })
}
