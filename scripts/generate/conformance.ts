import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { encodeExtract, encodePresentation, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { type Case, certificateBytes, type ExtractCase, type PresentationCase } from "./conformance/cases/case.ts"
import { CASES } from "./conformance/cases/index.ts"

/** Writes conformance/cases: the same bytes each time, from fixed keys. */
export const CASE_FOLDER = "conformance/cases"

const textOf = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`)

const headOf = ({ name, title, expect, findings }: Case) => ({
  ...{ name, title, expect },
  ...(findings === undefined ? {} : { findings }),
})

function presentationFiles(given: Case, { document, policy }: PresentationCase) {
  return new Map([
    ["case.json", textOf({ ...headOf(given), document: "presentation.json", evidence: [] })],
    ["presentation.json", encodePresentation(document)],
    ["policy.json", textOf(toJson(policy))],
  ])
}

function extractFiles(given: Case, { document, policy }: ExtractCase) {
  return new Map([
    ["case.json", textOf({ ...headOf(given), document: "extract.json", evidence: [] })],
    ["extract.json", encodeExtract(document)],
    ["policy.json", textOf(toJson(policy))],
  ])
}

function jobFiles(given: Case, job: NonNullable<Case["job"]>) {
  const { bytes, policy } = job()
  return new Map([
    ["case.json", textOf({ ...headOf(given), document: "job.ndjson", evidence: [] })],
    ["job.ndjson", bytes],
    ["policy.json", textOf(toJson(policy))],
  ])
}

/** The files of one case, by name. */
export function filesOf(given: Case): ReadonlyMap<string, Uint8Array> {
  if (given.presentation !== undefined) return presentationFiles(given, given.presentation)
  if (given.extract !== undefined) return extractFiles(given, given.extract)
  if (given.job !== undefined) return jobFiles(given, given.job)
  const told = tell(given.story ?? {})
  const evidence = given.evidence?.(told) ?? []
  const names = evidence.map((bytes, i) => `evidence-${i}.ndjson${bytes[0] === 0x1f ? ".gz" : ""}`)
  const { fillTo } = given
  const description = {
    ...headOf(given),
    document: "certificate.json",
    evidence: names,
    ...(fillTo === undefined ? {} : { fillTo }),
  }
  return new Map([
    ["case.json", textOf(description)],
    ["certificate.json", certificateBytes(given, told)],
    ["policy.json", textOf(toJson(told.policy))],
    ...evidence.map((bytes, i): [string, Uint8Array] => [names[i] as string, bytes]),
  ])
}

if (import.meta.main) {
  rmSync(CASE_FOLDER, { recursive: true, force: true })
  for (const given of CASES)
    for (const [file, bytes] of filesOf(given)) {
      const path = join(CASE_FOLDER, given.name, file)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes)
    }
}
