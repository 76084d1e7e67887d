import { createHash } from "node:crypto"
import type { SensorReading } from "@wattest/protocol"
import { evidenceDecimal, numberToDecimal } from "../sources/decimal.ts"
import type { Accuracy, SensorValue } from "../sources/source.ts"

const MAX_NAME = 128

/** A name as evidence holds it: composed, and cut between characters, never inside one. */
export function cutName(name: string, max = MAX_NAME): string {
  const cut = name.normalize("NFC").slice(0, max)
  return cut.isWellFormed() ? cut : cut.replace(/[\ud800-\udbff]$/, "").toWellFormed()
}

/** The sensor's name in evidence: behind its source's, and cut to a digest where it is too long. */
export function sensorName(source: string, sensor: string): string {
  const name = `${source}/${sensor}`.normalize("NFC").toWellFormed()
  if (name.length <= MAX_NAME) return name
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 16)
  return `${cutName(name, MAX_NAME - digest.length - 1)}~${digest}`
}

const LIMITS = ["gainLimit", "offsetLimit", "step", "windowMs", "updateMs", "gapMs"] as const

const accuracies = new WeakMap<Accuracy, SensorReading["accuracy"]>()

/** What is known of the error as decimal strings, zeros left out. Sources share these objects among their values. */
function accuracyOf(accuracy: Accuracy): SensorReading["accuracy"] {
  const known = accuracies.get(accuracy)
  if (known !== undefined) return known
  const parts = LIMITS.map((name) => [name, evidenceDecimal(numberToDecimal(accuracy[name]) ?? "0") ?? "0"] as const)
  const written = Object.fromEntries(parts.filter(([, value]) => Number(value) !== 0))
  accuracies.set(accuracy, written)
  return written
}

/** A source's value as evidence holds it; null where its number has no place there, which is a fault of the source. */
export function readingOf(source: string, value: SensorValue, shiftMs: number): SensorReading | null {
  const decimal = evidenceDecimal(value.value)
  if (decimal === null || decimal.startsWith("-")) return null
  return {
    sensor: sensorName(source, value.sensor),
    surface: cutName(value.surface, 64),
    quantity: value.quantity,
    unit: value.unit,
    value: decimal,
    timeMs: Math.max(0, Math.round(value.timeMs + shiftMs)),
    grade: value.grade,
    accuracy: accuracyOf(value.accuracy),
  }
}
