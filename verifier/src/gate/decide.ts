import { amountFor, type Expectation, parseExpectation, unitText, visible } from "@wattest/protocol"
import { accept, Undetermined } from "../verdict.ts"
import { type Fraction, isAtMost, type Range, sayFraction } from "./fraction.ts"

/** An expectation that holds, in the words of the policy, and the number that meets it. */
export type MetExpectation = { readonly expected: string; readonly found: string }

/** What a document says of an expected number. */
export type Known = {
  readonly range: Range
  /** Whether the other end shows that the number misses its bound, where the near one does not show that it keeps it. */
  readonly otherEndRefuses: boolean
  /** How the number is to be read: "uncertainty added". */
  readonly manner: string
}

export function undecided(expected: string, why: string): Undetermined {
  return new Undetermined("EXPECTATION_UNDECIDED", `${expected}: ${why}`)
}

/** The policy's expectations. Its shape has read them already. */
export function expectationsOf(bounds: readonly string[]): readonly Expectation[] {
  return bounds.map((text) => {
    const read = parseExpectation(text)
    if ("fault" in read) throw new TypeError(`a policy expects what cannot be read: ${read.fault}`)
    return read
  })
}

/**
 * What is expected of each part, met. Throws an Unaccepted for the first that is missed; where none is, an Undetermined for
 * the first that is not known: what nobody knows hides nothing that is.
 */
export function meetEach<T>(parts: readonly T[], meet: (part: T) => MetExpectation): readonly MetExpectation[] {
  let unknown: Undetermined | undefined
  const met: MetExpectation[] = []
  for (const part of parts)
    try {
      met.push(meet(part))
    } catch (error) {
      if (!(error instanceof Undetermined)) throw error
      unknown ??= error
    }
  if (unknown !== undefined) throw unknown
  return met
}

/** The bound in the unit of the proof, and its written unit there, for a document that counts `work`. */
function boundFor({ text, metric, amount, work: wanted }: Expectation, work: string) {
  if (wanted !== null && wanted !== work) throw undecided(text, `the document counts ${unitText(work)}`)
  const bound = amountFor(amount, metric, work)
  if ("fault" in bound) throw undecided(text, visible(bound.fault))
  return bound
}

/**
 * Throws EXPECTATION_NOT_MET where the number misses its bound, EXPECTATION_UNDECIDED where that is not known. Of a number
 * that is not known exactly its worse end counts: the upper one for "at most".
 */
export function decideExpectation(expectation: Expectation, work: string, known: Known): MetExpectation {
  const { text, isUpper, amount } = expectation
  const bound = boundFor(expectation, work)
  const { lo, hi } = known.range
  const [near, far] = isUpper ? [hi, lo] : [lo, hi]
  const keeps = (end: Fraction) => (isUpper ? isAtMost(end, bound) : isAtMost(bound, end))
  const say = (end: Fraction) =>
    `${sayFraction(end, bound.unit, isUpper)}${amount.unit === "" ? "" : ` ${amount.unit}`}${known.manner}`
  if (near !== null && keeps(near)) return { expected: text, found: say(near) }
  const refusing = known.otherEndRefuses ? far : near
  const isMissed = refusing !== null && !keeps(refusing)
  if (!isMissed) throw undecided(text, near === null ? "the document does not say" : `the document says ${say(near)}`)
  accept(false, "EXPECTATION_NOT_MET", `${text}: it is ${say(refusing)}`)
}
