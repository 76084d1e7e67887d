import { hex, indent, solidityFile } from "../solidity.ts"
import { at, P } from "./parameters.ts"
import { type Layer, type PartialRound, plan } from "./plan.ts"

/** Yul of the plan. Names are given once; the compiler finds the slots. */
class Program {
  readonly lines: string[] = []
  readonly #known = new Map<bigint, string>()
  #count = 0

  /** `let name := expression`; answers the name. */
  value(expression: string): string {
    const name = `v${++this.#count}`
    this.lines.push(`let ${name} := ${expression}`)
    return name
  }

  /** A constant that many rounds use has a name, and so a stack slot. */
  name(value: bigint, name: string): void {
    this.#known.set(value, name)
    this.lines.push(`let ${name} := ${hex(value)}`)
  }

  constant(value: bigint): string {
    return this.#known.get(value) ?? hex(value)
  }

  product(factor: bigint, of: string): string {
    return factor === 1n ? of : `mulmod(${this.constant(factor)}, ${of}, p)`
  }

  /** x^5 */
  box(expression: string): string {
    const x = this.value(expression)
    const square = this.value(`mulmod(${x}, ${x}, p)`)
    return this.value(`mulmod(${x}, mulmod(${square}, ${square}, p), p)`)
  }
}

/** Sum from the right; a zero is left out. */
function sum(...terms: string[]): string {
  const kept = terms.filter((term) => term !== "0x0")
  return kept.reduceRight((total, term) => `add(${term}, ${total})`)
}

/** `multiple` of p keeps negS - b positive: b is below that many p. */
function fullRound(program: Program, { negS, rows }: Layer, [b, c, a]: string[], multiple: bigint): string[] {
  const shared = program.value(sum(String(a), `mulmod(sub(${hex(negS + multiple * P)}, ${b}), ${c}, p)`))
  return rows.map(({ bs, ct, k }) => {
    const product = `mulmod(${sum(String(b), hex(bs))}, ${sum(String(c), hex(ct))}, p)`
    return program.box(sum(hex(k), shared, product))
  })
}

function partialRound(program: Program, round: PartialRound, [x, last, before]: string[]): string[] {
  const square = program.value(`mulmod(${x}, ${x}, p)`)
  const u = `mulmod(${x}, mulmod(${square}, ${square}, p), p)`
  const terms = [
    program.product(round.del, String(before)),
    ...(round.tau ? [program.product(round.tau, String(last))] : []),
  ]
  const w = program.value(sum(...terms, u))
  const next = sum(
    program.product(round.c1, String(last)),
    program.product(round.D, sum(w, hex(round.k))),
    program.product(round.c2, String(before)),
  )
  return [program.value(next), w, String(last)]
}

function body(): string[] {
  const program = new Program()
  const { inputs, first, opening, start, rounds, closing, output } = plan()
  const b = program.box(sum("left", hex(at(inputs, 0))))
  const c = program.box(sum("right", hex(at(inputs, 1))))
  let state = first.map(({ m, k }) => program.box(sum(hex(k), c, program.product(m, b))))
  for (const layer of opening) state = fullRound(program, layer, state, 1n)
  const form = (row: bigint[], k: bigint) =>
    program.value(sum(hex(k), ...row.map((x, i) => (x === 0n ? "0x0" : program.product(x, at(state, i))))))
  const [last, before] = [form(start.last, 0n), form(start.before, 0n)]
  let partial = [form(start.x, start.k), last, before]
  const usual = at(rounds, 9)
  for (const [name, value] of Object.entries({ kt: usual.tau, kd: usual.del, kD: usual.D, kc: usual.c2 }))
    program.name(value, name)
  for (const round of rounds) partial = partialRound(program, round, partial)
  const [x, w1, w2] = partial
  state = [String(w2), String(w1), program.box(String(x))]
  closing.forEach((layer, i) => {
    state = fullRound(program, layer, state, i === 0 ? 3n : 1n)
  })
  const [o0, o1, o2] = output.map((factor, i) => program.product(factor, at(state, i)))
  return [...program.lines, `result := addmod(add(${o0}, ${o1}), ${o2}, p)`]
}

/** contracts/lib/PoseidonT3.sol */
export const poseidonT3 = (): string =>
  solidityFile(
    "poseidon",
    `/// @title Poseidon (Grassi et al., USENIX Security 2021) of two inputs over BN254's scalar field, with circomlib's parameters
/// @dev The rounds are rewritten into fewer products; scripts/generate/poseidon/plan.ts has the algebra. Unchecked sums: results
/// of MULMOD and constants are below p, 5 p < 2^256 < 6 p. In partial rounds w < 3 p and x < 5 p, and a constant is added
/// to w before a product; in full rounds a sum has at most four terms, and the first layer after the partial ones
/// subtracts from 3 p and more what is below 3 p.
library PoseidonT3 {
    /// @notice Both inputs must be below p: larger ones give a wrong result.
    function hash(uint256 left, uint256 right) internal pure returns (uint256 result) {
        assembly {
            let p := ${hex(P)}
${indent(body(), 12)}
        }
    }
}`,
  )
