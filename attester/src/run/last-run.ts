import { open, readFile } from "node:fs/promises"
import { join } from "node:path"
import {
  ARCHIVE_FILES,
  type MeteredSensor,
  parseDocument,
  parseEvidenceCapture,
  runFolder,
  runRecord,
  type SensorReading,
} from "@wattest/protocol"
import { deviceOf } from "../keys/signer.ts"
import type { Device } from "./device.ts"
import { VOID_ROOT } from "./device-log.ts"

/** Where a run ended: the next one begins there. */
export type RunEnd = {
  readonly timeMs: number
  readonly readings: readonly SensorReading[]
  readonly startMs: number
  readonly metering: readonly MeteredSensor[]
}

/** How the ended workload's process ended: nothing of it goes on in the next run. */
export const EXIT_STATUS = "workload/exit-status"

const MAX_RECORD_BYTES = 1 << 20
const TAIL_BYTES = 4 << 20

/** The last line of a file, whose last byte is a line feed. */
async function lastLine(path: string): Promise<string> {
  const file = await open(path, "r")
  try {
    const { size } = await file.stat()
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES))
    await file.read(bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString("utf8").trimEnd().split("\n").at(-1) ?? ""
  } finally {
    await file.close()
  }
}

/** Where the device's last run that is not void ended; null where there is none, or its archive was moved away. */
export async function lastRunEnd(device: Device): Promise<RunEnd | null> {
  const { roots } = device.state
  const last = roots.findLastIndex((root) => root !== VOID_ROOT)
  if (last < 0) return null
  const folder = join(device.archive, runFolder(deviceOf(device.signer), BigInt(last)))
  try {
    const record = parseDocument(await readFile(join(folder, ARCHIVE_FILES.record)), runRecord, MAX_RECORD_BYTES)
    const capture = parseEvidenceCapture(await lastLine(join(folder, ARCHIVE_FILES.evidence)))
    const { endTimeMs: timeMs, startTimeMs: startMs, context } = record.statement
    const readings = capture.sources.readings.filter(({ sensor }) => sensor !== EXIT_STATUS)
    return { timeMs, readings, startMs, metering: context.metering }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw error
  }
}
