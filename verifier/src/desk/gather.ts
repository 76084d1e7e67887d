import { globSync, lstatSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { UsageError } from "@wattest/command"
import { PATTERN } from "../cli/how-many.ts"

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

function matches(pattern: string): readonly string[] {
  const found = globSync(pattern).sort()
  if (found.length === 0) throw new UsageError(`${pattern}: no file is called like this`, "check the pattern")
  return found
}

function gather(path: string): readonly Gathered[] {
  if (!isThere(path) && PATTERN.test(path))
    return matches(path).flatMap((found) => gather(found).map((file) => ({ ...file, isNamed: false })))
  if (!statSync(path).isDirectory()) return [{ path, isNamed: true }]
  return filesBelow(path).map((below) => ({ path: below, isNamed: false }))
}

/** The files that paths, folders and patterns stand for, each once. Throws a UsageError for a pattern without any. */
export function gatherFiles(paths: readonly string[]): readonly Gathered[] {
  const files = new Map<string, Gathered>()
  for (const file of paths.flatMap(gather)) {
    const known = files.get(file.path)
    files.set(file.path, { ...file, isNamed: file.isNamed || known?.isNamed === true })
  }
  return [...files.values()]
}

/** The paths in a list, one a line; empty lines and those that begin with # say nothing. */
export function pathsIn(list: string): readonly string[] {
  const lines = list.split(/\r?\n/).map((line) => line.trim())
  return lines.filter((line) => line !== "" && !line.startsWith("#"))
}
