import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { toDecimal } from "../decimal.ts"
import { SourceError } from "../source.ts"

const ABSENT = new Set(["ENOENT", "ENODATA", "ENODEV", "EOPNOTSUPP", "ENXIO"])

const isAbsent = (error: unknown): boolean => ABSENT.has((error as NodeJS.ErrnoException).code ?? "")

/** An attribute file without its line end; null when the kernel does not offer it or has no value in it now. */
export const readAttribute = async (folder: string, name: string, signal: AbortSignal): Promise<string | null> => {
  try {
    return (await readFile(join(folder, name), { encoding: "utf8", signal })).trim()
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/** An attribute that holds one number; `malformed` for anything else. */
export const readNumber = async (
  source: string,
  folder: string,
  name: string,
  signal: AbortSignal,
): Promise<string | null> => {
  const text = await readAttribute(folder, name, signal)
  if (text === null || text === "") return null
  const value = toDecimal(text)
  if (value === null)
    throw new SourceError(source, "malformed", `${join(folder, name)}: not a number: ${text.slice(0, 40)}`)
  return value
}

/** Names in a folder that match, in order; none when there is no such folder. */
export const listFolder = async (folder: string, pattern: RegExp): Promise<string[]> => {
  try {
    return (await readdir(folder)).filter((name) => pattern.test(name)).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}
