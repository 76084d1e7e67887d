import { SourceError } from "../source.ts"

/** A text as JSON; a `malformed` fault when it is none. */
export const parseJson = (source: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new SourceError(source, "malformed", `answer is not JSON: ${text.slice(0, 60)}`)
  }
}

/** A property of a JSON object; undefined when there is none or it is no object. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

/** A JSON list; empty for anything else. */
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** What a JSON Pointer (RFC 6901) leads to; undefined when it leads nowhere. */
export const pointTo = (document: unknown, pointer: string): unknown =>
  pointer
    .split("/")
    .slice(1)
    .reduce((value, token) => field(value, token.replaceAll("~1", "/").replaceAll("~0", "~")), document)
