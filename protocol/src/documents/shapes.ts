import type { Hex } from "../encoding/bytes.ts"
import { REGISTER_BITS } from "../encoding/pack.ts"
import {
  array,
  boolean,
  described,
  hex,
  integer,
  nullable,
  object,
  oneOf,
  type Shape,
  unsigned,
} from "../encoding/shape.ts"
import { SCHEMES } from "../keys/device-key.ts"
import { FIELD_ORDER } from "../poseidon.ts"
import { check } from "../rejection.ts"
import { CLOCKS, type Gauges, GRADES, MAX_TIME_MS, PHASES, REGISTERS, type Registers } from "../run/capture.ts"
import { runContext, tags } from "../run/context.ts"
import { encodeFed, FED, type Fed } from "../run/fed.ts"
import { BOUNDARIES, ORIGINS, STATUSES } from "../run/statement.ts"

/** Shapes that several documents share. */

const MINUTES = integer(0, 60 * (2 ** 32 - 1))

export const timeMs = integer(0, MAX_TIME_MS)
export const unixSeconds = integer(0, 2 ** 40)
/** Unix seconds at the end of a minute, as the registry holds them: minutes in 32 bits. */
export const wholeMinute: Shape<number> = described({ ...MINUTES.schema, multipleOf: 60 }, (value, path) => {
  const seconds = MINUTES(value, path)
  check(seconds % 60 === 0, "FIELD_MALFORMED", `${path}: expected a multiple of 60`)
  return seconds
})
export const runNumber = unsigned(64)
export const address = hex(20)
export const word = hex(32)

/** A number below the field's order: larger ones would name the same element twice. */
export const fieldElement: Shape<Hex> = described(
  { ...word.schema, $comment: "below the field order" },
  (value, path) => {
    const element = word(value, path)
    check(BigInt(element) < FIELD_ORDER, "NUMBER_OUT_OF_RANGE", `${path}: not below the field's order`)
    return element
  },
)

export const signature = hex(64)

const schemeNumber = integer(SCHEMES.ed25519, SCHEMES.p256)
const scheme: Shape<1 | 2> = described({ ...schemeNumber.schema }, (value, path) =>
  schemeNumber(value, path) === 1 ? 1 : 2,
)

export const deviceKey = object({ scheme, key: hex({ max: 64 }) })

export const registers: Shape<Registers> = object(
  Object.fromEntries(REGISTERS.map((name) => [name, unsigned(REGISTER_BITS)])) as {
    [K in keyof Registers]: Shape<bigint>
  },
)

// One below the field's maximum, which stands for "not measured".
const share = nullable(integer(0, 2 ** 16 - 2))

export const gauges: Shape<Gauges> = object({
  meanPowerMilliwatts: nullable(integer(0, 2 ** 40 - 2)),
  smOccupancy: share,
  dramActivity: share,
  computeActivity: share,
  acceleratorCentikelvin: share,
  inletCentikelvin: share,
  phase: oneOf(PHASES),
  clock: oneOf(CLOCKS),
})

const fedNames = array(oneOf(FED), { max: FED.length })
export const fed: Shape<readonly Fed[]> = described({ ...fedNames.schema, uniqueItems: true }, (value, path) => {
  const names = fedNames(value, path)
  encodeFed(names)
  return names
})

export const statement = object({
  ...tags,
  registers,
  startTimeMs: timeMs,
  endTimeMs: timeMs,
  lifetimeMillijoules: unsigned(96),
  captures: integer(1, 2 ** 32 - 1),
  boundary: oneOf(BOUNDARIES),
  status: oneOf(STATUSES),
  energyGrade: oneOf(GRADES),
  workGrade: oneOf(GRADES),
  origin: oneOf(ORIGINS),
  fed,
  broken: boolean,
  context: runContext,
})

/** A text of a form that a pattern gives, and what makes it whole beyond that. */
export const patterned = (
  pattern: RegExp,
  expected: string,
  isWhole: (text: string) => boolean = () => true,
): Shape<string> =>
  described({ type: "string", pattern: pattern.source, $comment: expected }, (value, path) => {
    const isOne = typeof value === "string" && pattern.test(value) && isWhole(value)
    check(isOne, "FIELD_MALFORMED", `${path}: expected ${expected}`)
    return value
  })

export const country = patterned(/^[A-Z]{2}$/, "a country by ISO 3166-1, two capital letters")
/** A number that is not below 0, of at most 15 digits before and 9 behind the point. */
export const amount = patterned(/^(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?$/, "a decimal number that is not below 0")
