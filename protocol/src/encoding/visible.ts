/** Control characters, ends of lines, and what turns the direction of writing: members of a class of a pattern. */
export const STEERING_CLASS =
  "\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069"

const STEERING = new RegExp(`[${STEERING_CLASS}]`, "gu")

/** Of these, what JSON's own escapes leave as it is. */
const STEERING_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** Plain data as JSON with line feed, for machines and for whoever prints it to a terminal. */
export function visibleJson(value: object, indent: 0 | 2 = 2): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  return `${JSON.stringify(value, null, indent).replace(STEERING_IN_JSON, escaped)}\n`
}

/** Text that can be printed: the adversary writes labels and file names, and could clear a terminal and write a verdict. */
export function visible(text: string): string {
  return text.replace(STEERING, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

/** Text without any of it, where a label must be made of a name that nobody chose as one. */
export const withoutSteering = (text: string): string => text.replace(STEERING, "")

/** Plain data with all of its texts made visible. */
export function visibleIn<T>(value: T): T {
  if (typeof value === "string") return visible(value) as T
  if (Array.isArray(value)) return value.map(visibleIn) as T
  if (value === null || typeof value !== "object") return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, visibleIn(member)])) as T
}
