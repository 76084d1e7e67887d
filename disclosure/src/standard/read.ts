import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { closest, readAtMost, UsageError } from "@wattest/command"
import { decodeUtf8, parsePlainText, Rejection } from "@wattest/protocol"
import { checkStandard } from "./check.ts"
import { type Standard, standard } from "./shape.ts"

/** Longest mapping, in bytes. */
const MAX_BYTES = 1024 * 1024

/** Mappings lie beside the program, as data: a new year's standard is a new file. */
const FOLDER = fileURLToPath(new URL("../../standards/", import.meta.url))

/** Reads an untrusted mapping. Throws a Rejection. */
export function parseStandard(bytes: Uint8Array): Standard {
  const read = standard(parsePlainText(decodeUtf8(bytes, MAX_BYTES)), "$")
  checkStandard(read, "$")
  return read
}

/** The ids of the standards that are known here, in order. */
export const standardIds = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .sort()

function readAt(path: string): Standard {
  try {
    return parseStandard(readAtMost(path, MAX_BYTES))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(`${path}: ${error.message}`, "docs/disclosure.md says what a mapping holds")
  }
}

function readOwn(path: string, known: readonly string[]): Standard {
  const own = readAt(path)
  if (!known.includes(own.id)) return own
  throw new UsageError(`${path}: $.id: ${own.id} is the name of another mapping`, "give yours a name of its own")
}

/** A standard by its id, or a mapping of the reader's own by its file's path. Throws a UsageError. */
export function readStandard(name: string): Standard {
  const known = standardIds()
  if (known.includes(name)) return readAt(`${FOLDER}${name}.json`)
  if (name.endsWith(".json")) return readOwn(name, known)
  const near = closest(name, known)
  throw new UsageError(
    `there is no standard ${JSON.stringify(name)}`,
    near === null ? `the standards are ${known.join(", ")}` : `did you mean ${near}?`,
  )
}
