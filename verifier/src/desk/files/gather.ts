import { globSync, lstatSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"

/** A file that is looked at. `isNamed`: somebody named it, rather than a folder or a pattern that holds it. */
export type Gathered = { readonly path: string; readonly isNamed: boolean }

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Every file below a folder, in the order of their names; links are not followed, for they may lead in a circle. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
}

function gather(path: string): readonly Gathered[] {
  const matching = isThere(path) ? [] : globSync(path).sort()
  if (matching.length > 0)
    return matching.flatMap((found) => gather(found).map((file) => ({ ...file, isNamed: false })))
  if (!statSync(path).isDirectory()) return [{ path, isNamed: true }]
  return filesBelow(path).map((below) => ({ path: below, isNamed: false }))
}

/** The files that paths, folders and patterns stand for, each once. Throws what the system throws where there is none. */
export function gatherFiles(paths: readonly string[]): readonly Gathered[] {
  const files = new Map<string, Gathered>()
  for (const file of paths.flatMap(gather)) {
    const known = files.get(file.path)
    files.set(file.path, { ...file, isNamed: file.isNamed || known?.isNamed === true })
  }
  return [...files.values()]
}
