import { accuracy } from "../accuracy.ts"
import type { Accuracy } from "../source.ts"

/** The two ways in which NVIDIA offers power: momentary, and the mean of the last second (Ampere and later). */
export type PowerKind = "instant" | "average"

/** How a board's own sensor looks at its power: all the time, or for a part of each update only. */
type Attention = "continuous" | "part-time"

/**
 * The closed table of boards (arXiv 2312.02741, section 4: 25 ms of every 100 ms on A100 and H100). Blackwell is not
 * measured there and is taken for what its forerunner is. A board that is in no row is taken for the worst of them.
 */
const BOARDS: readonly (readonly [board: RegExp, attention: Attention])[] = [
  [/\b(?:A100|A800|A30|H100|H800|H20|H200|GH200|B[123]00|GB[123]00)\b/, "part-time"],
  [/\b(?:V100|T4|RTX 20\d\d|RTX 30\d\d|RTX 40\d\d|A2|A10|A10G|A16|A40|L4|L40|L40S|RTX A\d000)\b/, "continuous"],
]
/** GA100 has no one-second mean: its plain power reading is momentary (nvml.h, nvmlDeviceGetPowerUsage). */
const GA100 = /\b(A100|A800|A30)\b/

const GAIN = 0.05
const OFFSET_WATTS = 5
const UPDATE_MS = 100
const WINDOW_MS = 25
const ORIGIN = "nvidia-smi manual: within 5 W; arXiv 2312.02741: gain within 5 %"
const PART_TIME_ORIGIN = `${ORIGIN}, 25 ms of every 100 ms sampled`
const UNKNOWN_ORIGIN = `${PART_TIME_ORIGIN}: the worst known, as this board is in no table`

const attentionOf = (board: string) => BOARDS.find(([pattern]) => pattern.test(board))?.[1]

const partTime = (board: string): Partial<Accuracy> & Pick<Accuracy, "origin"> => {
  const attention = attentionOf(board)
  if (attention === "continuous") return { updateMs: UPDATE_MS, origin: ORIGIN }
  const origin = attention === undefined ? UNKNOWN_ORIGIN : PART_TIME_ORIGIN
  return { updateMs: UPDATE_MS, gapMs: UPDATE_MS - WINDOW_MS, origin }
}

/** What kind a plain power reading is: a mean over a second, except on GA100. */
export const plainPowerKind = (board: string): PowerKind => (GA100.test(board) ? "instant" : "average")

const MOST_KINDS = 256
const kinds = new Map<string, Accuracy>()

/** One object for all values of a kind: what is made of an accuracy is then made once. */
function shared(kind: string, make: () => Accuracy): Accuracy {
  const known = kinds.get(kind) ?? make()
  if (kinds.size < MOST_KINDS) kinds.set(kind, known)
  return known
}

/**
 * Accuracy of a board's power. The mean over a second is made of the same samples, so its blind time is the same.
 * @param unitsPerWatt 1 for W, 1000 for mW
 * @param step resolution in the value's unit
 */
export const powerAccuracy = (board: string, kind: PowerKind, unitsPerWatt: number, step: number): Accuracy =>
  shared(`${kind} ${unitsPerWatt} ${step} ${board}`, () =>
    accuracy({
      gainLimit: GAIN,
      offsetLimit: OFFSET_WATTS * unitsPerWatt,
      step,
      windowMs: kind === "average" ? 1000 : attentionOf(board) === "continuous" ? 0 : WINDOW_MS,
      ...partTime(board),
    }),
  )

/** Accuracy of the driver's energy counter in mJ, which integrates that same sensor. */
export const energyAccuracy = (board: string): Accuracy =>
  shared(`energy ${board}`, () => accuracy({ gainLimit: GAIN, step: 1, ...partTime(board) }))

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
