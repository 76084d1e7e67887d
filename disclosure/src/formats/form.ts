import { visibleIn, visibleJson } from "@wattest/protocol"
import type { Filing } from "../filing.ts"

/** A form as its authority lists it: fields by name, with bounds, gaps and all that is to be known. For the AI Act's model form and for 2024/1364. */
export const form = (filing: Filing): string =>
  visibleJson(
    visibleIn({
      form: filing.standard.title,
      source: filing.standard.source,
      entity: filing.entity,
      subject: filing.subject,
      period: filing.period,
      notes: filing.notes,
      fields: filing.cells.map(
        ({ id, concept, label, value, bound, unit, state, evidence, uncertainty, grades, previous, needs, notes }) => ({
          ...{ symbol: id, field: concept, label, value, bound, unit, state, evidence, uncertainty, grades, previous },
          ...{ needs, notes },
        }),
      ),
    }),
  )
