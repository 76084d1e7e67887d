import { type SensorValue, SourceError } from "./source.ts"

/**
 * The values of a source whose sensors the configuration names. One that gives nothing is a fault by its name, beside
 * the values of the others: a sum without it would be too small and nobody would see it.
 */
export function requireEach(
  id: string,
  names: readonly string[],
  values: readonly SensorValue[],
): readonly SensorValue[] {
  const given = new Set(values.map(({ sensor }) => sensor))
  const silent = names.filter((name) => !given.has(name))
  if (silent.length === 0) return values
  if (values.length === 0) throw new SourceError(id, "unsupported", `no value of ${silent.join(", ")}`)
  throw new SourceError(id, "missing", `no value of ${silent.join(", ")}`, values)
}
