import { FIELD_ORDER } from "./poseidon/field.ts"
import { poseidonPlan } from "./poseidon/plan.ts"
import type { PoseidonPlan, Vector } from "./poseidon/poseidon-plan.ts"

export { FIELD_ORDER }

/** Poseidon over BN254 with circomlib's parameters: equal to circomlib's `Poseidon(n)` for n inputs. */
export type Poseidon = (inputs: readonly bigint[]) => bigint

/** Reduced here, next to its only hot users: a call across modules is not inlined. */
const fold = (value: bigint): bigint => value % FIELD_ORDER

function box(x: bigint): bigint {
  const square = fold(x * x)
  return fold(fold(square * square) * x)
}

function mix(matrix: readonly Vector[], state: Vector): bigint[] {
  const mixed: bigint[] = []
  for (const row of matrix) {
    let sum = 0n
    for (let j = 0; j < row.length; j++) sum += (row[j] as bigint) * (state[j] as bigint)
    mixed.push(fold(sum))
  }
  return mixed
}

const boxes = (state: Vector, constants: Vector): bigint[] => state.map((x, i) => box(x + (constants[i] as bigint)))

/** Runs the recurrence; returns the window of the last m values of x and of u, each newest first. */
function partialRounds(plan: PoseidonPlan, x0: bigint, virtual: Vector): bigint[] {
  const m = plan.past.length
  const x = [...virtual].reverse() // oldest first
  const u: bigint[] = new Array(m).fill(0n)
  let current = x0
  for (const kappa of plan.kappa) {
    u.push(box(current))
    let sum = kappa
    const newest = x.length - 1
    for (let i = 0; i < m; i++) sum += (plan.past[i] as bigint) * (x[newest - i] as bigint)
    for (let i = 0; i <= m; i++) sum += (plan.boxes[i] as bigint) * (u[newest + 1 - i] as bigint)
    current = fold(sum)
    x.push(current)
  }
  return [...x.slice(-m).reverse(), ...u.slice(-m).reverse()]
}

function permute(plan: PoseidonPlan, inputs: Vector): bigint {
  let state: bigint[] = [0n, ...inputs]
  const last = plan.head.length - 1
  plan.head.forEach((constants, round) => {
    state = mix(round === last ? plan.entry : plan.matrix, boxes(state, constants))
  })
  const [x0 = 0n, ...virtual] = state
  const window = partialRounds(plan, x0 + plan.entryConstant, virtual)
  state = [window[0] as bigint, ...mix(plan.exit, window).map((v, i) => v + (plan.exitConstants[i] as bigint))].map(box)
  for (const constants of plan.tail) state = boxes(mix(plan.matrix, state), constants)
  return mix(plan.matrix.slice(0, 1), state)[0] as bigint
}

/**
 * Poseidon of 1 to 13 field elements, in portable TypeScript.
 *
 * Throws `RangeError` for another number of inputs, or for an input outside [0, p): a caller that wants a residue says
 * so itself, because two different inputs must never hash alike by accident.
 */
export const poseidon: Poseidon = (inputs) => {
  const plan = poseidonPlan(inputs.length)
  inputs.forEach((input, i) => {
    if (input < 0n || input >= FIELD_ORDER) throw new RangeError(`poseidon input ${i} is not a field element`)
  })
  return permute(plan, inputs)
}
