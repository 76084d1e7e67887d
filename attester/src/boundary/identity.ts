import type { KnownSensor } from "../agent/poller.ts"
import type { SensorValue } from "../sources/source.ts"

const UUID = /^(?:GPU-[0-9a-z-]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i
const PCI = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/i

/** By what kind of name a part is known: names of one kind can be compared, of two kinds not. */
export type NameKind = "uuid" | "pci" | "stated" | "own"

export type Identity = { readonly kind: NameKind; readonly name: string }

/** `00000000:3B:00.0` and `0000:3b:00.0` are one slot. */
function pciOf(part: string): string | null {
  const found = PCI.exec(part)
  if (found === null) return null
  return `${Number.parseInt(found[1] ?? "0", 16)
    .toString(16)
    .padStart(4, "0")}:${found[2]?.toLowerCase()}`
}

/**
 * What tells a part from every other. A part that only its source knows is told apart by the source's name: that two
 * such are one thing, nobody can see.
 */
export function identityOf({ source, value }: Pick<KnownSensor, "source" | "value">): Identity {
  const { identity, part = "" } = value
  if (identity !== undefined) return named(identity) ?? { kind: "stated", name: identity }
  return named(part) ?? { kind: "own", name: `${source}/${value.covers}/${part || value.sensor}` }
}

function named(text: string): Identity | null {
  if (UUID.test(text)) return { kind: "uuid", name: text.toLowerCase() }
  const slot = pciOf(text)
  return slot === null ? null : { kind: "pci", name: slot }
}

/** Whether a part is the one that the configuration names: by its name, its identity, or its number on the host. */
export const isPart = (value: SensorValue, name: string): boolean =>
  value.part === name || value.identity === name || (named(name)?.name ?? name) === named(value.part ?? "")?.name
