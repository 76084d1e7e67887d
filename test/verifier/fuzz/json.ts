import { encodeCanonicalJson, type Json } from "@wattest/protocol"
import type { Chance } from "./chance.ts"

/** Where a value stands in a document. */
export type Path = readonly (string | number)[]

/** Values at the edge of some type: each is the right one somewhere and wrong nearly everywhere. */
const EDGES: readonly Json[] = [
  ...[null, true, false, 0, -1, 1, 0.5, 2 ** 32, 2 ** 53, 1e300, "", "0", "-1", "00", "1e3", " ", "0x", "0x0", "0X00"],
  ...["18446744073709551615", "18446744073709551616", "9".repeat(78), "9".repeat(500), "a".repeat(2000), "e\u0301"],
  ...[`0x${"00".repeat(32)}`, `0x${"ff".repeat(32)}`, `0x${"00".repeat(64)}`, "0x30644e72e131a029b85045b68181585d"],
  ...[[], {}, [null], { a: 1 }, Array<Json>(5000).fill(0), "__proto__", "constructor"],
]

/** A copy, so that no document holds another's parts, or itself. */
const anyEdge = (chance: Chance): Json => structuredClone(chance.of(EDGES)) as Json

/** Every path of a value, the root left out. */
export function pathsOf(value: Json, at: Path = []): Path[] {
  if (value === null || typeof value !== "object") return []
  return Object.entries(value).flatMap(([name, member]) => {
    const path = [...at, Array.isArray(value) ? Number(name) : name]
    return [path, ...pathsOf(member, path)]
  })
}

type Holder = { [name: string | number]: Json }

const holderOf = (root: Json, path: Path): Holder =>
  path.slice(0, -1).reduce((value, name) => (value as Holder)[name] as Json, root) as Holder
const read = (root: Json, path: Path): Json => holderOf(root, path)[path.at(-1) ?? ""] as Json

/** A copy with the value at a path replaced. */
export function replaced(root: Json, path: Path, change: (value: Json) => Json): Json {
  const copy = structuredClone(root) as Json
  const name = path.at(-1) ?? ""
  holderOf(copy, path)[name] = change(read(copy, path))
  return copy
}

/** Changes one digit or letter of text, so that its form stays. */
function nudge(value: Json, chance: Chance): Json {
  if (typeof value === "number") return value + chance.of([-1, 1])
  if (typeof value === "boolean") return !value
  if (typeof value !== "string" || value.length === 0) return anyEdge(chance)
  const at = chance.below(value.length)
  const digit = chance.of([..."0123456789abcdef"])
  return value.slice(0, at) + digit + value.slice(at + 1)
}

function changeOnce(root: Json, paths: readonly Path[], chance: Chance): void {
  const path = chance.of(paths)
  const holder = holderOf(root, path)
  const name = path.at(-1) ?? ""
  const kind = chance.below(7)
  if (kind <= 1) holder[name] = nudge(holder[name] as Json, chance)
  else if (kind === 2) holder[name] = anyEdge(chance)
  else if (kind === 3) holder[name] = structuredClone(read(root, chance.of(paths))) as Json
  else if (kind === 4) {
    if (Array.isArray(holder)) holder.splice(Number(name), 1)
    else delete holder[name]
  } else if (Array.isArray(holder)) {
    const items = holder as Json[]
    if (kind === 5) items.push(structuredClone(chance.of(items)))
    else items.reverse()
  } else if (kind === 5) holder[chance.of(["extra", "__proto__x", "siblings", ""])] = anyEdge(chance)
  else {
    const other = chance.of(Object.keys(holder))
    ;[holder[name], holder[other]] = [holder[other] as Json, holder[name] as Json]
  }
}

/** A copy of a document with one to three of its members changed, in the canonical spelling again. */
export function changeJson(document: Json, chance: Chance): string {
  const copy = structuredClone(document) as Json
  for (let i = 0; i <= chance.below(3); i++) {
    const paths = pathsOf(copy)
    if (paths.length > 0) changeOnce(copy, paths, chance)
  }
  return encodeCanonicalJson(copy)
}

/** Changes lines, or one line's document. */
export function changeLines(lines: readonly string[], chance: Chance): string {
  const copy = [...lines]
  const at = chance.below(copy.length)
  const line = copy[at] ?? ""
  const kind = chance.below(6)
  if (kind === 0) copy.splice(at, 1)
  else if (kind === 1) copy.splice(at, 0, line)
  else if (kind === 2) copy.reverse()
  else copy[at] = `${changeJson(JSON.parse(line) as Json, chance)}\n`
  return copy.join("")
}
