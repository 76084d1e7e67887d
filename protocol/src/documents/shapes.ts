import type { Hex } from "../encoding/bytes.ts"
import { described, hex, integer, nullable, object, oneOf, type Shape, unsigned } from "../encoding/shape.ts"
import { SCHEMES } from "../keys/device-key.ts"
import { FIELD_ORDER } from "../poseidon.ts"
import { check } from "../rejection.ts"
import { CLOCKS, type Gauges, GRADES, PHASES, REGISTERS, type Registers } from "../run/capture.ts"
import { runContext, tags } from "../run/sources.ts"
import { BOUNDARIES, STATUSES } from "../run/statement.ts"

/** Shapes that several documents share. */

export const timeMs = integer(0, 2 ** 53 - 1)
export const unixSeconds = integer(0, 2 ** 40)
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
  Object.fromEntries(REGISTERS.map((name) => [name, unsigned(64)])) as { [K in keyof Registers]: Shape<bigint> },
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

export const statement = object({
  ...tags,
  registers,
  startTimeMs: timeMs,
  endTimeMs: timeMs,
  lifetimeMillijoules: unsigned(64),
  captures: integer(1, 2 ** 32 - 1),
  boundary: oneOf(BOUNDARIES),
  status: oneOf(STATUSES),
  energyGrade: oneOf(GRADES),
  workGrade: oneOf(GRADES),
  context: runContext,
})
