import type { Filing } from "../filing.ts"
import { FormatError } from "./format.ts"
import { FORMAT_NAMES, FORMATS, type FormatName, writeAs } from "./table.ts"

/** So many bytes every format has in common with no other kind of file: a workbook's `PK\u0003\u0004`, `<!do`, `{\n  `. */
const MARK_BYTES = 4
/** Signs that are shown around the first one that differs. */
const [BEFORE, SHOWN] = [60, 160]

/** The first place at which a file is another than its filing writes. */
export type Departure = {
  readonly format: FormatName
  /** `line 7`; of what is no text `byte 1234`. */
  readonly place: string
  readonly stated: string
  readonly written: string
}

function commonLength(a: Uint8Array, b: Uint8Array): number {
  const longest = Math.min(a.length, b.length)
  for (let i = 0; i < longest; i++) if (a[i] !== b[i]) return i
  return longest
}

/** The line around a byte, cut to what a table has room for. */
function around(bytes: Buffer, at: number): string {
  const begin = Math.max(bytes.lastIndexOf("\n", at - 1) + 1, at - BEFORE)
  const end = bytes.indexOf("\n", at)
  return bytes.subarray(begin, Math.min(end < 0 ? bytes.length : end, begin + SHOWN)).toString("utf8")
}

function departureAt(format: FormatName, at: number, file: Buffer, written: Buffer): Departure {
  if (!FORMATS[format].isText)
    return { format, place: `byte ${at}`, stated: `${file.length} bytes`, written: `${written.length} bytes` }
  const line = file.subarray(0, at).toString("latin1").split("\n").length
  return { format, place: `line ${line}`, stated: around(file, at), written: around(written, at) }
}

/**
 * Whether a file is, byte for byte, what the filing writes in one of its formats: `same`; else where it departs from the one that
 * begins most like it. `null`: it begins like none of them.
 */
export async function departureOf(filing: Filing, bytes: Uint8Array): Promise<"same" | Departure | null> {
  const file = Buffer.from(bytes)
  let nearest: { readonly format: FormatName; readonly at: number; readonly written: Buffer } | null = null
  for (const format of FORMAT_NAMES) {
    try {
      const written = Buffer.from(await writeAs(format, filing))
      if (written.equals(file)) return "same"
      const at = commonLength(file, written)
      if (at >= Math.max(MARK_BYTES, (nearest?.at ?? 0) + 1)) nearest = { format, at, written }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
  return nearest && departureAt(nearest.format, nearest.at, file, nearest.written)
}
