import { dirname, isAbsolute, join, resolve } from "node:path"
import { UsageError, ValueError } from "./errors.ts"
import { closest } from "./table/suggest.ts"
import { address, ledgerId } from "./values/hex.ts"
import { key } from "./values/key.ts"
import type { Kind } from "./values/kind.ts"
import { chainId } from "./values/number.ts"
import { folder, url } from "./values/text.ts"
import { readText } from "./world/document.ts"
import { quoted } from "./world/printable.ts"

export const PROFILE_FILE = "wattest.json"
const MAX_PROFILE_BYTES = 64 * 1024

/** What a profile says once, so that nobody types it again. */
export const PROFILE_FIELDS = {
  chain: chainId,
  rpc: url,
  registry: address,
  claims: address,
  operator: address,
  voucher: address,
  ledger: ledgerId,
  relayer: url,
  index: url,
  home: folder,
  key,
} as const satisfies { readonly [name: string]: Kind<unknown> }

export type ProfileField = keyof typeof PROFILE_FIELDS
export const PROFILE_NAMES = Object.keys(PROFILE_FIELDS) as readonly ProfileField[]

/** A profile's fields as people would type them, with paths made absolute. */
export type Profile = { readonly file: string; readonly fields: { readonly [field in ProfileField]?: string } }

const isField = (name: string): name is ProfileField => Object.hasOwn(PROFILE_FIELDS, name)

/** Paths in a profile are meant from its own folder, wherever a command is typed. */
function anchored(field: ProfileField, text: string, file: string): string {
  const isPath = field === "home" || (field === "key" && !/^https?:/i.test(text))
  return isPath && !isAbsolute(text) ? join(dirname(file), text) : text
}

function fieldOf(name: string, value: unknown, file: string): readonly [ProfileField, string] {
  if (!isField(name)) {
    const near = closest(name, PROFILE_NAMES)
    const hint = near === null ? `the fields are ${PROFILE_NAMES.join(", ")}` : `did you mean "${near}"?`
    throw new UsageError(`${file}: there is no field ${quoted(name)}`, hint)
  }
  const text = name === "chain" && typeof value === "number" ? String(value) : value
  if (typeof text !== "string")
    throw new UsageError(`${file}: ${name} is no text`, `write "${name}": "${PROFILE_FIELDS[name].placeholder}"`)
  try {
    PROFILE_FIELDS[name].parse(text)
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    throw new UsageError(`${file}: ${name}: ${quoted(text)} ${error.message}`, error.hint)
  }
  return [name, anchored(name, text, file)]
}

/** Reads a profile strictly. Throws a UsageError that names the field. */
export function parseProfile(text: string, file: string): Profile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UsageError(`${file} is no JSON`, "mend it, or write it anew: wattest init")
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new UsageError(`${file} holds no profile`, "write it anew: wattest init")
  const fields = Object.entries(value).map(([name, member]) => fieldOf(name, member, file))
  return { file, fields: Object.fromEntries(fields) }
}

/** The profile of the nearest folder upwards; null where none has one. Throws a UsageError. */
export function findProfile(start: string): Profile | null {
  for (let at = resolve(start); ; at = dirname(at)) {
    const file = join(at, PROFILE_FILE)
    try {
      return parseProfile(readText(file, MAX_PROFILE_BYTES, "a profile"), file)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== "ENOENT" && code !== "ENOTDIR") throw error
    }
    if (at === dirname(at)) return null
  }
}
