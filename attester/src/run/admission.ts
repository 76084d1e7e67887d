import { type Boundary, type Group, type Origin, plural, runOpening, toJson } from "@wattest/protocol"
import type { DeviceState } from "./device-log.ts"
import type { RunLabels } from "./run.ts"

/** The device meters at one boundary for life, which it signed in its enrolment. */
export class OtherBoundary extends Error {
  override readonly name = "OtherBoundary"
  constructor(enrolled: Boundary, asked: Boundary) {
    super(`the device enrolled at boundary ${enrolled}, this run is of ${asked}: a device of its own meters there`)
  }
}

/** A device meters by itself or takes over recordings: the times of the two cannot be one device's. */
export class OtherOrigin extends Error {
  override readonly name = "OtherOrigin"
}

/** A recording that begins before the device's last run ended: no time may count twice. */
export class RunsOverlap extends Error {
  override readonly name = "RunsOverlap"
}

/** The device has been in this part of a job already: what it metered then must be shown, so another attempt is another part. */
export class PartRepeated extends Error {
  override readonly name = "PartRepeated"
}

/** Throws {@link PartRepeated} where a part does not come after all of its job that the device has entered. */
export function admitPart({ parts }: Readonly<DeviceState>, { job, part }: Pick<Group, "job" | "part">): void {
  const last = parts.get(job)
  if (last !== undefined && part <= last)
    throw new PartRepeated(
      `this device has been in part ${last} of job ${job} already: the next attempt is part ${last + 1}, or a job of another name`,
    )
}

/**
 * Throws where a device may not make a run so: {@link OtherOrigin}, {@link OtherBoundary}, after it retired, or a Rejection
 * of labels or a context that no document could hold, of which no certificate could be made.
 */
export function admit(device: Readonly<DeviceState>, origin: Origin, { boundary, tags, context }: RunLabels): void {
  runOpening(toJson({ ...tags, context }), "run")
  const { runsInAll, enrolment } = device
  if (runsInAll !== null) throw new Error(`the device retired after ${plural(runsInAll, "run")}`)
  // Else a device could leave every claim by changing one word.
  if (enrolment !== null && enrolment.boundary !== boundary) throw new OtherBoundary(enrolment.boundary, boundary)
  if (device.origin !== null && device.origin !== origin)
    throw new OtherOrigin(`the device's runs are ${device.origin}: make another device for ${origin} ones`)
}

const iso = (timeMs: number) => new Date(timeMs).toISOString()

/** Throws {@link RunsOverlap} where a recording begins before the device's last run ended, both in ms. */
export function admitRecording(beginMs: number, lastEndMs: number): void {
  if (beginMs < lastEndMs)
    throw new RunsOverlap(`the recording begins at ${iso(beginMs)}, the device's last run ended at ${iso(lastEndMs)}`)
}
