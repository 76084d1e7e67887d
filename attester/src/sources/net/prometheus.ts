import { toDecimal } from "../decimal.ts"

/** One line of an exposition: its value as printed, or null for NaN and the infinities. */
export type Sample = {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: string | null
  /** The exporter's own time in ms since 1970, where it gives one. */
  readonly timeMs: number | null
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\["\\n])*)"\s*(,|(?=\}))/y
const OPEN = /\s*\{/y
const CLOSE = /\s*\}/y
const VALUE = /\s+(\S+)(?:\s+(-?\d{1,15}(?:\.\d{1,9})?))?\s*(?:# \{.*)?$/y

/**
 * The Prometheus text format, version 0.0.4. Strict: null as soon as one line is neither comment, blank nor a whole
 * sample, so that a page cut off in the middle is not taken for a short one. OpenMetrics' exemplars pass, and where its
 * `# EOF` ends the page, times are seconds.
 */
export const parsePrometheus = (text: string): Sample[] | null => {
  if (text !== "" && !text.endsWith("\n")) return null
  const samples: Sample[] = []
  const timeUnitMs = /^# EOF$/m.test(text.slice(-16)) ? 1000 : 1
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue
    const sample = parseSample(line, timeUnitMs)
    if (!sample) return null
    samples.push(sample)
  }
  return samples
}

const parseSample = (line: string, timeUnitMs: number): Sample | null => {
  NAME.lastIndex = 0
  const name = NAME.exec(line)?.[0]
  if (name === undefined) return null
  const labels = parseLabels(line, NAME.lastIndex)
  if (!labels) return null
  VALUE.lastIndex = labels.end
  const [, text, time] = VALUE.exec(line) ?? []
  if (text === undefined) return null
  const value = toDecimal(text.replace(/^\+/, ""))
  if (value === null && !/^([+-]?Inf|NaN)$/i.test(text)) return null
  return { name, labels: labels.map, value, timeMs: time === undefined ? null : Math.round(Number(time) * timeUnitMs) }
}

const parseLabels = (line: string, start: number): { map: Map<string, string>; end: number } | null => {
  const map = new Map<string, string>()
  OPEN.lastIndex = start
  if (!OPEN.test(line)) return { map, end: start }
  let end = OPEN.lastIndex
  while (!closes(line, end)) {
    LABEL.lastIndex = end
    const [, name, value] = LABEL.exec(line) ?? []
    if (name === undefined || value === undefined || map.has(name)) return null
    map.set(
      name,
      value.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped)),
    )
    end = LABEL.lastIndex
  }
  return { map, end: CLOSE.lastIndex }
}

const closes = (line: string, at: number): boolean => {
  CLOSE.lastIndex = at
  return CLOSE.test(line)
}
