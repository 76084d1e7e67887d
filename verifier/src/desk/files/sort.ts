import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { constants, gunzipSync } from "node:zlib"
import { deviceIdOf, parseEvidenceHeader, VOUCH_TYPE } from "@wattest/protocol"
import { isSignedReport, kindOf, SNIFFED_BYTES } from "../../judge.ts"
import type { Gathered } from "./gather.ts"
import { type DeskKind, runName } from "./kinds.ts"

export type Sorted = Gathered & {
  readonly kind: DeskKind
  /** `device/run` of evidence that says it; null for everything else. */
  readonly run: string | null
}

type Ends = { readonly head: Uint8Array; readonly tail: Uint8Array }

function endsOf(path: string): Ends {
  const file = openSync(path, "r")
  try {
    const { size } = fstatSync(file)
    const read = (position: number) => {
      const bytes = Buffer.allocUnsafe(Math.min(SNIFFED_BYTES, size))
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, position))
    }
    return { head: read(0), tail: size > SNIFFED_BYTES ? read(size - SNIFFED_BYTES) : new Uint8Array(0) }
  } finally {
    closeSync(file)
  }
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** A receipt names no type: its members, in their one order, tell it. */
const RECEIPT = /^\s*\{\s*"anchor"\s*:\s*\{/
const VOUCH = new RegExp(`"mediaType"\\s*:\\s*"${VOUCH_TYPE.replace(/[.+]/g, "\\$&")}"`)

function kindIn({ head, tail }: Ends): DeskKind {
  const known = kindOf(head, tail)
  if (known !== null) return known
  const [start, end] = [textOf(head), textOf(tail)]
  if (VOUCH.test(start) || VOUCH.test(end)) return "vouch"
  if (isSignedReport(head) || isSignedReport(tail)) return "signed-report"
  return RECEIPT.test(start) ? "receipt" : "foreign"
}

/** So much of a compressed file holds its first line. */
const FIRST_BYTES = 4096

/** What the beginning of a compressed file holds; nothing, where it is broken. */
function unzipped(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return new Uint8Array(0)
  }
}

/** The first line of what may be compressed. */
export function firstLine(head: Uint8Array): string {
  const isGzip = head[0] === 0x1f && head[1] === 0x8b
  const some = head.subarray(0, FIRST_BYTES)
  const bytes = isGzip ? unzipped(some) : some
  return textOf(bytes).split("\n")[0] ?? ""
}

/** The run that evidence is of. What says none is nobody's, and is told so. */
function runOf(head: Uint8Array): string | null {
  try {
    const { device, run } = parseEvidenceHeader(firstLine(head))
    return runName(deviceIdOf(device), run)
  } catch {
    return null
  }
}

/** What a file in memory is. */
export const kindOfFile = (bytes: Uint8Array): DeskKind =>
  kindIn({ head: bytes.subarray(0, SNIFFED_BYTES), tail: bytes.subarray(-SNIFFED_BYTES) })

/** What a file is, by what it holds. Throws what reading it throws. */
export function sortFile(file: Gathered): Sorted {
  const ends = endsOf(file.path)
  const kind = kindIn(ends)
  return { ...file, kind, run: kind === "evidence" ? runOf(ends.head) : null }
}
