/**
 * The scripts that Unicode recommends for names (UAX #31, table 5), by which a text's letters are told apart. Common and
 * inherited characters (digits, marks, punctuation) go with any.
 */
const SCRIPTS = [
  ...["Latin", "Greek", "Cyrillic", "Armenian", "Georgian", "Hebrew", "Arabic", "Thaana", "Ethiopic"],
  ...["Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala"],
  ...["Thai", "Lao", "Tibetan", "Myanmar", "Khmer", "Hangul", "Hiragana", "Katakana", "Bopomofo", "Han"],
] as const

/** A letter of no script of the list: names of machines have no use for it. */
const OTHER = "another script"

/** One writing system in several scripts, Latin beside it: "highly restrictive" of UTS #39. */
const TOGETHER: readonly (readonly string[])[] = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
]

const PATTERNS = SCRIPTS.map((name) => [name, new RegExp(`\\p{Script_Extensions=${name}}`, "u")] as const)
const ANY = /[\p{Script=Common}\p{Script=Inherited}]/u
const SINGLE = /^\p{ASCII}*$/u

/** Scripts that a character may be of; null where it goes with any. */
function scriptsOf(character: string): readonly string[] | null {
  const found = PATTERNS.filter(([, pattern]) => pattern.test(character)).map(([name]) => name)
  if (found.length > 0) return found
  return ANY.test(character) ? null : [OTHER]
}

/**
 * The scripts of a text's letters, in the order in which they first come. A letter that several scripts have is of one
 * that is there already, if it can be.
 */
export function textScripts(text: string): readonly string[] {
  if (SINGLE.test(text)) return /[A-Za-z]/.test(text) ? ["Latin"] : []
  const seen = new Set<string>()
  for (const character of text) {
    const [first, ...more] = scriptsOf(character) ?? []
    if (first !== undefined && ![first, ...more].some((name) => seen.has(name))) seen.add(first)
  }
  return [...seen]
}

/**
 * Whether a text mixes letters of scripts that no writing system has together: one of them may stand for another that looks
 * the same, as a Cyrillic а in a Latin name.
 */
export function isMixedScript(text: string): boolean {
  const scripts = textScripts(text)
  if (scripts.length < 2) return false
  return !TOGETHER.some((together) => scripts.every((name) => together.includes(name)))
}

/** The scripts of a text that are not Latin alone, in words: " (letters of Latin and Cyrillic)"; else nothing. */
export function scriptsMark(text: string): string {
  const scripts = textScripts(text)
  const isPlain = scripts.every((name) => name === "Latin")
  return isPlain ? "" : ` (letters of ${scripts.join(" and ")})`
}
