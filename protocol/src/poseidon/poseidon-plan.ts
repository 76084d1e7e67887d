export type Vector = readonly bigint[]
export type Matrix = readonly Vector[]

/**
 * Poseidon rearranged so that a partial round costs one S-box and one scalar product.
 *
 * In the partial rounds only the first word x passes an S-box, u = x^5; the other m = width - 1 words v move linearly:
 * x' = D u + C v, v' = A v + B u. Eliminating v by the characteristic polynomial of A leaves a linear recurrence,
 *
 *     x(n+1) = sum over i in 1..m of a(i) x(n+1-i)  +  sum over i in 0..m of b(i) u(n-i)  +  kappa(n)
 *
 * whose coefficients are the same in every round. The recurrence starts from m virtual earlier values of x that carry
 * v(0) (earlier values of u are 0), and v at the end is again a linear map of the last m values of x and of u.
 */
export interface PoseidonPlan {
  readonly width: number
  readonly partialRounds: number
  readonly matrix: Matrix
  /** Constants added to the state before the full rounds 0 to 3. */
  readonly head: Matrix
  /** From the S-boxes of full round 3 to x(0), then the virtual x(0), x(-1), ..., x(1-m). */
  readonly entry: Matrix
  /** Added to x(0). */
  readonly entryConstant: bigint
  /** a(1) to a(m). */
  readonly past: Vector
  /** b(0) to b(m). */
  readonly boxes: Vector
  /** kappa(n), a partial round each. */
  readonly kappa: Vector
  /** Words 1 to m after the partial rounds, of the last m values of x (newest first), then of u (newest first). */
  readonly exit: Matrix
  readonly exitConstants: Vector
  /** Constants added to the state before the full rounds 5 to 7. */
  readonly tail: Matrix
}
