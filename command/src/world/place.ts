import { accessSync, constants, realpathSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { UsageError } from "../errors.ts"

const at = (path: string) => statSync(path, { throwIfNoEntry: false })

/**
 * Refuses a place that takes no file, before work is done for what would go there; `option` is what named it. What is no
 * plain file may be written to all the same: a pipe, or a terminal. Throws what the system says of a missing permission.
 */
export function checkPlace(path: string, option: string): void {
  const found = at(path)
  if (found?.isDirectory()) throw new UsageError(`${path} is a folder`, `name a file with ${option}`)
  const folder = dirname(path)
  if (found === undefined && !at(folder)?.isDirectory())
    throw new UsageError(`${folder} is no folder`, `make it, or name another place with ${option}`)
  accessSync(found === undefined ? folder : path, constants.W_OK)
}

/** The same of a file that is not written over. */
export function checkFree(path: string, option: string): void {
  if (at(path) !== undefined)
    throw new UsageError(`${path} is there already`, `name another file with ${option}, or move it away`)
  checkPlace(path, option)
}

/** The same of a file that is written beside it and put in its place: no pipe and no terminal is replaced. */
export function checkReplaced(path: string, option: string): void {
  const found = at(path)
  if (found !== undefined && !found.isFile() && !found.isDirectory())
    throw new UsageError(`${path} is no plain file`, `name a file with ${option}`)
  checkPlace(path, option)
  accessSync(dirname(found === undefined ? path : realpathSync(path)), constants.W_OK)
}

/** An error of the system names the file that was asked for, and not the draft or the folder that lay beside it for a while. */
export const placed = (error: unknown, path: string): unknown =>
  error instanceof Error && "errno" in error ? Object.assign(error, { path }) : error
