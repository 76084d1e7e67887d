import { visibleIn } from "@wattest/protocol"
import { stringify } from "yaml"
import type { Filing } from "../filing.ts"
import { demanded, statedValue } from "./format.ts"

/**
 * Manifest of the GSF Impact Framework 1.1 for one interval, the whole job: its sci takes the mean of per-interval values, so that only a total is divided rightly.
 * Carbon is operational carbon alone: embodied carbon is not metered, and no zero is stated in its place.
 */
export function gsf(filing: Filing): string {
  const work = statedValue(filing, "functional-unit")
  const notes = filing.cells
    .filter(({ id }) => id === "carbon-operational" || (id === "functional-unit" && work !== null))
    .flatMap((cell) => cell.notes)
  const carbon = Number(demanded(filing, "carbon-operational"))
  return stringify(
    visibleIn({
      name: filing.subject.name,
      description: [
        `${filing.entity.name}, ${filing.period.from} to ${filing.period.to}`,
        "operational carbon only, embodied carbon is not metered",
        ...new Set(notes),
      ].join("; "),
      tags: null,
      initialize: {
        plugins: {
          "sum-carbon": {
            ...{ path: "builtin", method: "Sum" },
            config: { "input-parameters": ["carbon-operational"], "output-parameter": "carbon" },
          },
          ...(work === null ? {} : { sci: { path: "builtin", method: "Sci", config: { "functional-unit": "work" } } }),
        },
      },
      tree: {
        children: {
          job: {
            pipeline: { compute: ["sum-carbon", ...(work === null ? [] : ["sci"])] },
            inputs: [
              {
                timestamp: demanded(filing, "timestamp"),
                duration: Number(demanded(filing, "duration")),
                energy: Number(demanded(filing, "energy")),
                "carbon-operational": carbon,
                ...(work === null ? {} : { work: Number(work) }),
              },
            ],
          },
        },
      },
    }),
  )
}
