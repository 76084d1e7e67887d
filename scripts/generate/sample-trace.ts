import { writeFileSync } from "node:fs"

/**
 * The project's own sample: an H100 that idles, serves a load and idles again, as nvidia-smi would print it once a
 * second. It is simulated, says so in its file name, and is graded so when it is replayed.
 */
export const SAMPLE_PATH = "samples/h100-simulated.csv"

const SECONDS = 150
const LOAD = { from: 30, to: 120 }
const START_MS = Date.UTC(2026, 0, 5, 9, 0, 0)
const HEADER = "timestamp, index, name, power.draw [W], power.draw.instant [W], utilization.gpu [%], temperature.gpu"

/** A small linear congruential generator (Numerical Recipes), so that the file is the same on every machine. */
function createNoise(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
}

export function sampleTrace(): string {
  const noise = createNoise(20260105)
  const lines = [HEADER]
  let mean = 71
  for (let second = 0; second < SECONDS; second++) {
    const busy = second >= LOAD.from && second < LOAD.to
    const instant = busy ? 612 + 46 * noise() + (second % 10 < 2 ? -140 : 0) : 71 + 2 * noise()
    mean += (instant - mean) * 0.8
    const celsius = Math.round(
      busy ? 34 + Math.min(27, (second - LOAD.from) * 0.9) : second < LOAD.from ? 33 : 61 - (second - LOAD.to) * 0.6,
    )
    const timestamp = new Date(START_MS + second * 1000)
      .toISOString()
      .replaceAll("-", "/")
      .replace("T", " ")
      .slice(0, -1)
    const busyShare = busy ? 97 + Math.round(2 * noise()) : 0
    lines.push(
      `${timestamp}, 0, NVIDIA H100 80GB HBM3, ${mean.toFixed(2)} W, ${instant.toFixed(2)} W, ${busyShare} %, ${celsius}`,
    )
  }
  return `${lines.join("\n")}\n`
}

if (import.meta.main) writeFileSync(SAMPLE_PATH, sampleTrace())
