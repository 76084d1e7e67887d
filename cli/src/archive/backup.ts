import { randomUUID } from "node:crypto"
import { createReadStream } from "node:fs"
import { link, open, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { ReadableStream } from "node:stream/web"
import { type Archive, bytesContent, gunzipped, gzipped, syncFolder } from "@wattest/archive"
import { CommandError, UsageError } from "@wattest/command"
import {
  ARCHIVE_FILES,
  deviceIdOf,
  documentText,
  parseDocument,
  type RunRecord,
  runFolder,
  runRecord,
} from "@wattest/protocol"
import { checkRecord, type RunArchive } from "@wattest/prover"
import type { Decrypter, Encrypter } from "age-encryption"

/** Longest record of a run, in bytes. */
const MAX_RECORD_BYTES = 1 << 20
const LINE_FEED = 10

async function* recordLines(archive: RunArchive, onRecord: () => void): AsyncGenerator<string> {
  for (const device of await archive.devices())
    for (const run of await archive.runs(device)) {
      const record = await archive.findRecord(device, run)
      if (record === null) continue
      // A record that does not give its own root would restore nothing.
      checkRecord(record)
      onRecord()
      yield `${documentText(record)}\n`
    }
}

export const holdsNoRun = (place: string) =>
  new UsageError(
    `${place} holds no run`,
    "check the address; what was deleted from a bucket with versions can be had back (docs/operating.md)",
  )

const streamOf = (chunks: AsyncIterable<Uint8Array>) =>
  ReadableStream.from(chunks) as globalThis.ReadableStream<Uint8Array>

/**
 * Writes the records of all runs, with their secrets, into one file that only those whom the encrypter names can open
 * (age, v1). Whole or not at all; never over another file. Resolves with the number of runs. Throws EEXIST, and a UsageError
 * where there is no run: a wrong address must not look like a backup. `place` names the archive.
 */
export async function backUp(archive: RunArchive, place: string, encrypter: Encrypter, path: string): Promise<number> {
  let runs = 0
  const zipped = gzipped(recordLines(archive, () => runs++))
  const sealed = await encrypter.encrypt(streamOf(zipped))
  const draft = `${path}.${randomUUID()}.draft`
  const file = await open(draft, "wx", 0o600)
  try {
    for await (const chunk of sealed) await file.appendFile(chunk)
    if (runs === 0) throw holdsNoRun(place)
    await file.sync()
    await link(draft, path)
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
  return runs
}

async function* linesIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array()
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk])
    let start = 0
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED, start)) {
      yield rest.subarray(start, end)
      start = end + 1
    }
    rest = rest.subarray(start)
    if (rest.length > MAX_RECORD_BYTES) throw new Error("a record does not end")
  }
  if (rest.length > 0) throw new Error("the last record is cut off")
}

const notOpened = (path: string, cause: unknown) =>
  new CommandError(
    `${path} cannot be opened: ${(cause as Error).message}`,
    "it was changed or cut off, or it is for another key: name the identity that it was made for",
  )

async function* recordsIn(path: string, decrypter: Decrypter): AsyncGenerator<RunRecord> {
  try {
    const plain = await decrypter.decrypt(streamOf(createReadStream(path)))
    for await (const line of linesIn(gunzipped(plain, path))) yield parseDocument(line, runRecord, MAX_RECORD_BYTES)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error
    throw notOpened(path, error)
  }
}

/**
 * Puts the records of a backup into an archive; what is there already stays, and another content under its name is a
 * conflict. Each must give its own root. Resolves with the number of runs.
 */
export async function restore(path: string, decrypter: Decrypter, archive: Archive): Promise<number> {
  let runs = 0
  for await (const record of recordsIn(path, decrypter)) {
    checkRecord(record)
    const name = `${runFolder(deviceIdOf(record.device), record.run)}/${ARCHIVE_FILES.record}`
    await archive.create(name, await bytesContent(new TextEncoder().encode(documentText(record))))
    runs++
  }
  return runs
}
