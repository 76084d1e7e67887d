import { type FileHandle, open } from "node:fs/promises"
import { dirname } from "node:path"
import { crc32 } from "node:zlib"
import { syncFolder } from "@wattest/archive"

/**
 * A file of records, a line each, behind its CRC-32: what a loss of power tore off is recognised and dropped.
 * Records hold no line feed.
 */
export type Journal = {
  /** Writes records; they are on the disk when this returns. On failure none of them is in the journal. */
  append(records: readonly string[]): Promise<void>
  /** Writes records that the next `append` or `close` makes durable: for what can be made again if it is lost. */
  note(records: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** The journal is damaged in its middle: what follows the damage was durable once and cannot be trusted now. */
export class JournalDamaged extends Error {
  override readonly name = "JournalDamaged"
}

const CRC_DIGITS = 8

const encodeRecord = (record: string) => `${crc32(record).toString(16).padStart(CRC_DIGITS, "0")} ${record}\n`

const SPACE = 0x20
const LINE_FEED = 0x0a
const READ_BYTES = 1 << 18

function decodeLine(line: Buffer): string | null {
  if (line[CRC_DIGITS] !== SPACE) return null
  const record = line.subarray(CRC_DIGITS + 1)
  const crc = crc32(record).toString(16).padStart(CRC_DIGITS, "0")
  return line.toString("latin1", 0, CRC_DIGITS) === crc ? record.toString("utf8") : null
}

/** Where each line of the first `end` bytes begins and ends. */
function splitLines(bytes: Buffer, end: number): { readonly lines: readonly Buffer[]; readonly rest: number } {
  const lines: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(LINE_FEED); at >= 0 && at < end; at = bytes.indexOf(LINE_FEED, from)) {
    lines.push(bytes.subarray(from, at))
    from = at + 1
  }
  return { lines, rest: from }
}

/**
 * The lines of a file by handfuls. What follows the last line feed was torn off and is none, even where no more than that
 * line feed is missing. All are views of one buffer, good until the next handful is asked for, so that a long file takes
 * no more memory than a short one.
 */
async function* linesOf(path: string): AsyncGenerator<readonly Buffer[]> {
  const file = await open(path, "r")
  try {
    let buffer = Buffer.allocUnsafe(READ_BYTES)
    let kept = 0
    for (;;) {
      if (kept === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length)
      const { bytesRead } = await file.read(buffer, kept, buffer.length - kept)
      if (bytesRead === 0) return
      const end = kept + bytesRead
      const { lines, rest } = splitLines(buffer, end)
      yield lines
      buffer.copyWithin(0, rest, end)
      kept = end - rest
    }
  } finally {
    await file.close()
  }
}

/**
 * The records of a journal in order, by handfuls. A damaged last line is what a loss of power left: it is skipped.
 * Throws {@link JournalDamaged} where whole records follow the damage.
 */
export async function* readJournal(path: string): AsyncGenerator<readonly string[]> {
  let number = 0
  let damagedAt = 0
  for await (const lines of linesOf(path)) {
    const records: string[] = []
    for (const line of lines) {
      number++
      const record = decodeLine(line)
      if (record === null) damagedAt ||= number
      else if (damagedAt > 0)
        throw new JournalDamaged(`${path}: line ${damagedAt} is damaged, and line ${number} is whole`)
      else records.push(record)
    }
    yield records
  }
}

/** Opens a journal for writing, behind its last whole record; makes the file where there is none. */
export async function openJournal(path: string): Promise<Journal> {
  const file = await open(path, "a+", 0o600).then(async (created) => {
    await created.close()
    return open(path, "r+", 0o600)
  })
  let end = 0
  try {
    for await (const records of readJournal(path))
      for (const record of records) end += Buffer.byteLength(record) + CRC_DIGITS + 2
    await file.truncate(end)
    await file.sync()
    await syncFolder(dirname(path))
  } catch (error) {
    await file.close()
    throw error
  }
  return writer(file, end)
}

function writer(file: FileHandle, start: number): Journal {
  let end = start
  async function write(records: readonly string[], durable: boolean): Promise<void> {
    const bytes = Buffer.from(records.map(encodeRecord).join(""))
    try {
      for (let at = 0; at < bytes.length; )
        at += (await file.write(bytes, at, bytes.length - at, end + at)).bytesWritten
      if (durable) await file.datasync()
    } catch (error) {
      // Half a record must not stand before a later whole one.
      await file.truncate(end).catch(() => undefined)
      throw error
    }
    end += bytes.length
  }
  // One write at a time: each begins where the one before ended.
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = (records: readonly string[], durable: boolean): Promise<void> => {
    const written = turn.then(() => write(records, durable))
    turn = written.catch(() => undefined)
    return written
  }
  return {
    append: (records) => inTurn(records, true),
    note: (records) => inTurn(records, false),
    async close() {
      await turn
      await file.datasync()
      await file.close()
    },
  }
}
