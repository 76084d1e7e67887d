import { scriptsMark } from "../encoding/scripts.ts"
import { visible } from "../encoding/visible.ts"

/**
 * A unit of work is the operator's text: what is more than a word is quoted, so that it goes on neither with a number nor
 * with a sentence.
 */
export function unitText(unit: string): string {
  const isWord = /^\p{L}[\p{L}\p{N}_-]{0,31}$/u.test(unit)
  return `${isWord ? unit : visible(JSON.stringify(unit))}${scriptsMark(unit)}`
}
