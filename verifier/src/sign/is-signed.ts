import { closeSync, openSync, readSync, statSync } from "node:fs"
import { SIGNED_REPORT_TYPE } from "./types.ts"

const END_BYTES = 4096
const NAMED = new RegExp(`"payloadType"\\s*:\\s*"${SIGNED_REPORT_TYPE.replace(/[.+]/g, "\\$&")}"`)

/** Whether a file's bytes say that they are a signed report. */
export function isSignedReport(bytes: Uint8Array): boolean {
  const ends = [bytes.subarray(0, END_BYTES), bytes.subarray(-END_BYTES)]
  return ends.some((end) => NAMED.test(new TextDecoder().decode(end)))
}

/** The same of a file, of which only its ends are read. A pipe has none, and is left alone. */
export function isSignedFile(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile() !== true) return false
  const file = openSync(path, "r")
  try {
    const end = Buffer.alloc(END_BYTES)
    const isNamedAt = (position: number) => isSignedReport(end.subarray(0, readSync(file, end, 0, END_BYTES, position)))
    return isNamedAt(0) || isNamedAt(Math.max(0, found.size - END_BYTES))
  } finally {
    closeSync(file)
  }
}
