import { markMixed, mixedAlphabets } from "../encoding/alphabets.ts"
import { visible } from "../encoding/visible.ts"

/**
 * A unit of work is the operator's text: what is more than a word is quoted, so that it goes on neither with a number nor
 * with a sentence.
 */
export function unitText(unit: string): string {
  const isWord = /^\p{L}[\p{L}\p{N}_-]{0,31}$/u.test(unit) && mixedAlphabets(unit).length === 0
  return isWord ? unit : markMixed(visible(JSON.stringify(unit)), unit)
}
