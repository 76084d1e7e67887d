import { homedir } from "node:os"
import { join } from "node:path"
import { ValueError } from "../errors.ts"
import { closest } from "../table/suggest.ts"
import { type Kind, kind } from "./kind.ts"

/** Any text that is not empty. */
export const text = (placeholder = "TEXT"): Kind<string> =>
  kind(placeholder, (given) => {
    if (given === "") throw new ValueError("is empty", "is a variable of the shell unset?")
    return given
  })

/** One of a closed list of words. */
export const choice = <const T extends string>(words: readonly T[], placeholder = words.join("|")): Kind<T> =>
  kind(placeholder, (given) => {
    const found = words.find((word) => word === given)
    if (found !== undefined) return found
    const near = closest(given, words)
    throw new ValueError(
      `is none of ${words.join(", ")}`,
      near === null ? "write one of them" : `did you mean ${near}?`,
    )
  })

/** An http or https URL, without slashes at its end. */
export const url: Kind<string> = kind("URL", (given) => {
  const parsed = /^https?:\/\/[^\s]+$/i.test(given) && URL.canParse(given) ? new URL(given) : null
  if (parsed === null || parsed.hostname === "")
    throw new ValueError("is not a URL", "write http:// or https://, then host and port")
  return given.replace(/\/+$/, "")
})

/** A shell opens `~` only where a word begins, which `--home=~/x` is not. */
const path = (placeholder: string) =>
  kind(placeholder, (given) => {
    if (given === "") throw new ValueError("is empty", "is a variable of the shell unset?")
    if (given.includes("\0")) throw new ValueError("is no path", "leave out the zero byte")
    return /^~(?:\/|$)/.test(given) ? join(homedir(), given.slice(1)) : given
  })

/** A file's path; what reads it says whether it is there. `-` is standard input where a document is read. */
export const file: Kind<string> = path("FILE")
export const folder: Kind<string> = path("DIR")
/** An archive: a folder, or a bucket of an object store; what opens it says whether the address is one. */
export const place: Kind<string> = path("DIR|s3://BUCKET/PREFIX")
