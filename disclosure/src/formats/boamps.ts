import { visibleJson } from "@wattest/protocol"
import type { Filing } from "../filing.ts"
import { demanded, statedValue } from "./format.ts"

const optionalNumber = (name: string, value: string | null) => (value === null ? {} : { [name]: Number(value) })

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
        ...optionalNumber("measurementDuration", statedValue(filing, "duration")),
      },
    ],
    infrastructure: {
      infraType: "other",
      components: [{ componentType: "accelerator", nbComponent: Number(demanded(filing, "components")) }],
    },
  })
}
