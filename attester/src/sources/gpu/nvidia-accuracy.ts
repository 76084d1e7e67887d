import { accuracy } from "../accuracy.ts"
import type { Accuracy } from "../source.ts"

/** The two ways in which NVIDIA offers power: momentary, and the mean of the last second (Ampere and later). */
export type PowerKind = "instant" | "average"

/** Boards whose sensor looks at 25 ms of every 100 ms and is blind in between (arXiv 2312.02741, section 4). */
const PART_TIME = /\b(A100|A800|A30|H100|H800|H20|H200|GH200|GB?200|GB?300)\b/
/** GA100 has no one-second mean: its plain power reading is momentary (nvml.h, nvmlDeviceGetPowerUsage). */
const GA100 = /\b(A100|A800|A30)\b/

const GAIN = 0.05
const OFFSET_WATTS = 5
const UPDATE_MS = 100
const WINDOW_MS = 25
const ORIGIN = "nvidia-smi manual: within 5 W; arXiv 2312.02741: gain within 5 %"
const PART_TIME_ORIGIN = `${ORIGIN}, 25 ms of every 100 ms sampled`

const partTime = (board: string): Partial<Accuracy> & Pick<Accuracy, "origin"> =>
  PART_TIME.test(board)
    ? { updateMs: UPDATE_MS, gapMs: UPDATE_MS - WINDOW_MS, origin: PART_TIME_ORIGIN }
    : { updateMs: UPDATE_MS, origin: ORIGIN }

/** What kind a plain power reading is: a mean over a second, except on GA100. */
export const plainPowerKind = (board: string): PowerKind => (GA100.test(board) ? "instant" : "average")

/**
 * Accuracy of a board's power. The mean over a second is made of the same samples, so its blind time is the same.
 * @param unitsPerWatt 1 for W, 1000 for mW
 * @param step resolution in the value's unit
 */
export const powerAccuracy = (board: string, kind: PowerKind, unitsPerWatt: number, step: number): Accuracy =>
  accuracy({
    gainLimit: GAIN,
    offsetLimit: OFFSET_WATTS * unitsPerWatt,
    step,
    windowMs: kind === "average" ? 1000 : PART_TIME.test(board) ? WINDOW_MS : 0,
    ...partTime(board),
  })

/** Accuracy of the driver's energy counter in mJ, which integrates that same sensor. */
export const energyAccuracy = (board: string): Accuracy => accuracy({ gainLimit: GAIN, step: 1, ...partTime(board) })

/** Shares that the driver reports as whole per cent over its own sampling period of 1/6 s to 1 s (nvml.h). */
export const utilisationAccuracy: Accuracy = accuracy({
  step: 1,
  windowMs: 1000,
  updateMs: 1000,
  origin: "nvml.h: between 1/6 s and 1 s",
})

/** Hardware counters between two samples `windowMs` apart. */
export const activityAccuracy = (windowMs: number): Accuracy =>
  accuracy({ windowMs, step: 0.01, origin: "NVML GPM counters" })

export const temperatureAccuracy: Accuracy = accuracy({ step: 1, origin: "NVML, whole degrees" })
