import type { Archive } from "./archive.ts"
import { archivedContent, digestOf } from "./content.ts"
import { ArchiveFault } from "./fault.ts"

export type Copied = { readonly name: string; readonly outcome: "created" | "there"; readonly bytes: number }

/**
 * Copies one name and reads it back whole, so that what the other archive answers is known and not only what it promised.
 * Null where the source has no such name. Throws `conflict`, or `untrue` where it gives back other bytes or none.
 */
export async function copyName(from: Archive, to: Archive, name: string): Promise<Copied | null> {
  const content = await archivedContent(from, name)
  if (content === null) return null
  const outcome = await to.create(name, content)
  // What was there already has been read and compared just now.
  if (outcome === "created") await readBack(to, name, content.sha256)
  return { name, outcome, bytes: content.bytes }
}

async function readBack(to: Archive, name: string, sha256: string): Promise<void> {
  const chunks = await to.open(name)
  if (chunks !== null && (await digestOf(chunks)).sha256 === sha256) return
  const what = chunks === null ? "says that it took it, and has it not" : "gives back other bytes than it took"
  throw new ArchiveFault("untrue", `${name}: ${to.place} ${what}`, "keep your copy, and ask whoever runs the store")
}
