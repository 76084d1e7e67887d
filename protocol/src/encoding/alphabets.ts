/** Alphabets that share shapes of letters: a name can be written in two of them and look as in one. */
const ALPHABETS = ["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic"] as const

const LETTERS = ALPHABETS.map((name) => [name, new RegExp(`\\p{Script=${name}}`, "u")] as const)

/** Of these alphabets those whose letters stand in a text, where they are several; else none. */
export function mixedAlphabets(text: string): readonly string[] {
  const names = LETTERS.filter(([, letter]) => letter.test(text)).map(([name]) => name)
  return names.length > 1 ? names : []
}

/** A text as it is to be shown, with a word on alphabets that it mixes, since nobody can see them. */
export function markMixed(shown: string, text: string): string {
  const mixed = mixedAlphabets(text)
  return mixed.length === 0 ? shown : `${shown} (in ${mixed.join(" and ")} letters)`
}
