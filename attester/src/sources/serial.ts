/** What stands in the place of a serial number where nobody wrote one. */
const BLANK =
  /^(?:n\/?a|none|null|unknown|default(?: string)?|not (?:specified|available|present)|to be filled.*|serial(?: ?number)?|([0x.#*\s-])\1*)$/i
/** Vendors pad with blanks or zeros; what is longer is no serial number, and would hold up the patterns, whose time grows with its square. */
const MAX_PADDED = 256
const SERIAL = /^[\x21-\x7e](?:[\x20-\x7e]{1,62}[\x21-\x7e])$/

/** A serial number as it identifies a thing: without blanks around it, in capitals; null where it identifies nothing. */
export function serialOf(value: unknown): string | null {
  const text = typeof value === "string" && value.length <= MAX_PADDED ? value.replace(/\0+$/, "").trim() : ""
  return SERIAL.test(text) && !BLANK.test(text) ? text.toUpperCase() : null
}
