import { exact, over, toDecimal } from "../exact/exact.ts"

const MILLIJOULES_PER_KWH = 3_600_000_000n
const DAY_MS = 86_400_000n

/** Energy for people, in kWh. */
export const sayKwh = (millijoules: bigint): string => `${toDecimal(exact(millijoules, MILLIJOULES_PER_KWH), 2)} kWh`
/** Time for people, in days of 24 hours. `ms`: of however many devices. */
export const daysOf = (ms: bigint): string => toDecimal(exact(ms, DAY_MS), 1)
export const sayDays = (ms: bigint): string => `${daysOf(ms)} device-days`

/** Shares for people, in percent. */
export const sayPercent = (part: bigint, whole: bigint): string =>
  whole === 0n ? "0 %" : `${toDecimal(over(exact(part * 100n), exact(whole)), 1)} %`
