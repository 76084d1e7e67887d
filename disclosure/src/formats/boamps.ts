import { visibleJson } from "@wattest/protocol"
import type { Filing } from "../filing.ts"
import { demanded, statedValue } from "./format.ts"

const optionalNumber = (name: string, value: string | null) => (value === null ? {} : { [name]: Number(value) })

/** Report of Boavizta's BoAmps (JSON Schema draft-04). What no document says of a task is "other" or "notShown", as the schema demands something there. */
export function boamps(filing: Filing): string {
  const grades = new Set(filing.cells.find(({ id }) => id === "power")?.grades.map(({ grade }) => grade))
  const model = statedValue(filing, "model")
  return visibleJson({
    header: {
      reportDatetime: `${filing.period.to}T23:59:59Z`,
      formatVersion: "1.1.0",
      reportStatus: "final",
      publisher: { name: filing.entity.name, confidentialityLevel: "public" },
    },
    task: {
      taskStage: "notShown",
      taskFamily: "notShown",
      algorithms: [model === null ? {} : { foundationModelName: model }],
      dataset: [{ dataUsage: "input", dataType: "other" }],
      taskDescription: filing.subject.name,
    },
    measures: [
      {
        measurementMethod: statedValue(filing, "method") ?? "wattest",
        powerConsumption: Number(demanded(filing, "power")),
        ...optionalNumber("measurementDuration", statedValue(filing, "duration")),
      },
    ],
    infrastructure: {
      infraType: "other",
      components: [{ componentType: "gpu", nbComponent: Number(demanded(filing, "components")) }],
    },
    environment: { country: filing.entity.country },
    quality: grades.size === 1 && grades.has("measured") ? "high" : "low",
  })
}
