import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Ajv } from "ajv"

const FOLDER = join(import.meta.dirname, "../../../shared/data/boamps")
const REPORT = "https://raw.githubusercontent.com/Boavizta/BoAmps/main/model/report_schema.json"

export const missingSchemas = (): string | null => (existsSync(FOLDER) ? null : "no BoAmps schemas in ../shared/data")

/** A schema of draft-04 that uses nothing which later drafts read otherwise: its id is named anew. */
function schemaAt(name: string): { readonly $id: string } {
  const {
    $schema: _,
    id,
    ...rest
  }: { $schema: string; id: string } = JSON.parse(readFileSync(join(FOLDER, name), "utf8"))
  return { ...rest, $id: id }
}

/** BoAmps's own example of a report. */
export const exampleReport = (): unknown => JSON.parse(readFileSync(join(FOLDER, "boamps_example.json"), "utf8"))

/** What the published schemas refuse in a report: paths and reasons, none where it is valid. */
export function createReportJudge(): (report: unknown) => readonly string[] {
  const ajv = new Ajv({ strict: false, allErrors: true })
  for (const name of readdirSync(FOLDER)) if (name !== "boamps_example.json") ajv.addSchema(schemaAt(name))
  return (report) => {
    ajv.validate(REPORT, report)
    return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`)
  }
}
