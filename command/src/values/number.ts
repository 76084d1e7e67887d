import { ValueError } from "../errors.ts"
import { type Kind, kind } from "./kind.ts"

const WHOLE = /^(?:0|[1-9][0-9]{0,77})$/

/** A whole number from `lo` to `hi`, both included. */
export const bigWhole = (lo: bigint, hi: bigint, placeholder = "N"): Kind<bigint> =>
  kind(placeholder, (text) => {
    if (!WHOLE.test(text)) throw new ValueError("is not a whole number", `write a number from ${lo} to ${hi}`)
    const value = BigInt(text)
    if (value < lo || value > hi)
      throw new ValueError(`is ${value < lo ? "below" : "above"} its bound`, `write a number from ${lo} to ${hi}`)
    return value
  })

/** As {@link bigWhole}, for numbers that are exact as a JavaScript number. */
export function whole(lo: number, hi: number = Number.MAX_SAFE_INTEGER, placeholder = "N"): Kind<number> {
  const { parse } = bigWhole(BigInt(lo), BigInt(hi))
  return kind(placeholder, (text) => Number(parse(text)))
}

/** Of 64 bits, unsigned: a run's number, a time of the chain. */
export const u64: Kind<bigint> = bigWhole(0n, 2n ** 64n - 1n)

export const chainId: Kind<number> = kind("CHAIN", (text) => {
  if (!/^[1-9][0-9]{0,15}$/.test(text) || Number(text) > Number.MAX_SAFE_INTEGER)
    throw new ValueError("is no chain's number", "write the chain's number, such as 137 for Polygon")
  return Number(text)
})

export const port: Kind<number> = whole(0, 65_535, "PORT")

/** A decimal number of at most 7 digits before and 9 behind the point, as it was typed. */
export const decimal: Kind<string> = kind("NUMBER", (text) => {
  if (!/^(?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,9})?$/.test(text))
    throw new ValueError("is not a decimal number", "write a number such as 233.5")
  return text
})
