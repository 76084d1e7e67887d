import { visibleJson } from "@wattest/protocol"
import type { Filing } from "../filing.ts"
import { demanded, statedValue } from "./format.ts"

const optionalNumber = (name: string, value: string | null) => (value === null ? {} : { [name]: Number(value) })

/** `2026-05-16T17:00:00Z` as the schema asks for it, `2026-05-16 17:00:00`. */
const optionalTime = (value: string | null) =>
  value === null ? {} : { measurementDateTime: value.replace("T", " ").replace("Z", "") }

/** Report of Boavizta's BoAmps. Where its schema demands what no document says, it says "other" or "notShown"; what is optional and not shown is left out. */
export function boamps(filing: Filing): string {
  const model = statedValue(filing, "model")
  return visibleJson({
    task: {
      taskStage: "notShown",
      taskFamily: "notShown",
      algorithms: [model === null ? {} : { foundationModelName: model }],
      dataset: [{ dataUsage: "input", dataType: "other" }],
      taskDescription: filing.subject.name,
    },
    measures: [
      {
        measurementMethod: demanded(filing, "method"),
        powerConsumption: Number(demanded(filing, "power")),
        ...optionalTime(statedValue(filing, "from")),
        ...optionalNumber("measurementDuration", statedValue(filing, "duration")),
      },
    ],
    infrastructure: {
      infraType: "other",
      components: [{ componentType: "accelerator", nbComponent: Number(demanded(filing, "components")) }],
    },
  })
}
