import { isDeepStrictEqual } from "node:util"

/** A sample with one place of it changed. */
export interface Change {
  /** Where, such as `statement.marks[2]`. */
  readonly place: string
  /** Another value at that place; or an item of a list fewer, or before its neighbour. */
  readonly kind: "value" | "fewer" | "order"
  /** The whole sample, changed. A rule may refuse some of them: a number that does not fit, a name that there is not. */
  readonly ways: readonly unknown[]
}

/**
 * Every change of one place: each value, each item of a list left out, each pair of neighbours in another order.
 * `names` are lists of words of which a field holds one: it is changed into the others.
 */
export function changesOf(sample: unknown, names: readonly (readonly string[])[], place = ""): readonly Change[] {
  if (sample instanceof Uint8Array) return bytesChanges(sample, place)
  if (Array.isArray(sample)) return listChanges(sample, names, place)
  if (sample !== null && typeof sample === "object") return objectChanges({ ...sample }, names, place)
  return [{ place, kind: "value", ways: othersOf(sample, names) }]
}

function bytesChanges(bytes: Uint8Array, place: string): readonly Change[] {
  return Array.from(bytes, (byte, i) => ({ place: `${place}[${i}]`, kind: "value", ways: [bytes.with(i, byte ^ 1)] }))
}

function listChanges(items: readonly unknown[], names: readonly (readonly string[])[], place: string) {
  const inside = items.flatMap((item, i) =>
    changesOf(item, names, `${place}[${i}]`).map((change) => ({
      ...change,
      ways: change.ways.map((way) => items.with(i, way)),
    })),
  )
  const fewer = items.map(
    (_, i): Change => ({ place: `${place}[${i}], left out`, kind: "fewer", ways: [items.toSpliced(i, 1)] }),
  )
  const order = items.flatMap((item, i): readonly Change[] => {
    const before = items[i - 1]
    if (i === 0 || isDeepStrictEqual(item, before)) return []
    return [{ place: `${place}[${i}], moved`, kind: "order", ways: [items.with(i, before).with(i - 1, item)] }]
  })
  return [...inside, ...fewer, ...order]
}

function objectChanges(fields: Record<string, unknown>, names: readonly (readonly string[])[], place: string) {
  return Object.entries(fields).flatMap(([name, value]) =>
    changesOf(value, names, place === "" ? name : `${place}.${name}`).map((change) => ({
      ...change,
      ways: change.ways.map((way) => ({ ...fields, [name]: way })),
    })),
  )
}

function othersOf(value: unknown, names: readonly (readonly string[])[]): readonly unknown[] {
  if (typeof value === "bigint") return [value + 1n, value ^ 1n]
  if (typeof value === "number") return [value + 1, Math.abs(value - 1)]
  if (typeof value === "boolean") return [!value]
  if (typeof value !== "string") throw new TypeError(`a sample holds ${value}: there is nothing to change`)
  const list = names.find((known) => known.includes(value))
  if (list !== undefined) return list.filter((name) => name !== value)
  if (/^0x[0-9a-f]+$/.test(value)) return [value.slice(0, -1) + (value.endsWith("1") ? "2" : "1")]
  return [`${value}1`]
}
