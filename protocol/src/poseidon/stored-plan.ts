import { FULL_ROUNDS, partialRoundsFor } from "./parameters.ts"
import type { PoseidonPlan } from "./poseidon-plan.ts"

/** Hexadecimal digits of a number. */
const DIGITS = 64

/** A plan as its numbers in one fixed order, 64 hexadecimal digits each: reading it is quicker than deriving it. */
export function encodePlan(plan: PoseidonPlan): string {
  const { matrix, head, entry, entryConstant, past, boxes, kappa, exit, exitConstants, tail } = plan
  const numbers = [
    ...[...matrix, ...head, ...entry].flat(),
    ...[entryConstant, ...past, ...boxes, ...kappa],
    ...[...exit.flat(), ...exitConstants, ...tail.flat()],
  ]
  return numbers.map((number) => number.toString(16).padStart(DIGITS, "0")).join("")
}

export function decodePlan(inputs: number, text: string): PoseidonPlan {
  let at = 0
  const next = () => {
    at += DIGITS
    return BigInt(`0x${text.slice(at - DIGITS, at)}`)
  }
  const row = (length: number) => Array.from({ length }, next)
  const rows = (count: number, length: number) => Array.from({ length: count }, () => row(length))
  const width = inputs + 1
  const partialRounds = partialRoundsFor(inputs)
  const half = FULL_ROUNDS / 2
  // Members are read in the order in which they stand here.
  return {
    width,
    partialRounds,
    matrix: rows(width, width),
    head: rows(half, width),
    entry: rows(width, width),
    entryConstant: next(),
    past: row(inputs),
    boxes: row(width),
    kappa: row(partialRounds),
    exit: rows(inputs, 2 * inputs),
    exitConstants: row(inputs),
    tail: rows(half - 1, width),
  }
}
