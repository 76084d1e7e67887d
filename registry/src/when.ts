import { instant } from "@wattest/protocol"

/** In the registry's times and counts: it has not happened. */
export const NEVER = 2n ** 64n - 1n

/** A time or a count as a number; null: it has not happened. */
export const orNull = (value: bigint): number | null => (value === NEVER ? null : Number(value))

/** The last second of the year 9999. */
const LAST_DATE = 253_402_300_799

/** A time of the chain, Unix seconds, as people read it: one that no calendar has, as a node may make it up, by its number. */
export function when(seconds: bigint | number | null): string {
  if (seconds === NEVER || seconds === null) return "never"
  if (Number(seconds) === 0) return "-"
  if (seconds > LAST_DATE) return `${seconds} s, which is no date`
  return instant(Number(seconds))
}
