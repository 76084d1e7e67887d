import { hex, indent, solidityFile } from "../solidity.ts"
import { at, inverse, P } from "./parameters.ts"
import { type Layer, type PartialRound, plan } from "./plan.ts"

const constants = plan()

/** Yul of the plan. Names are given once; the compiler finds the slots. */
class Program {
  readonly lines: string[] = []
  #count = 0

  /** `let name := expression`; answers the name. */
  value(expression: string): string {
    const name = `v${++this.#count}`
    this.lines.push(`let ${name} := ${expression}`)
    return name
  }

  product(factor: bigint, of: string): string {
    return factor === 1n ? of : `mulmod(${hex(factor)}, ${of}, p)`
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
    String(before),
  )
  return [program.value(next), w, String(last)]
}

/** One hash: `head` lacks the factor f before and after. */
function body(): string[] {
  const program = new Program()
  const { inputs, first, opening, start, rounds, closing, output } = constants
  const b = program.box(sum("head", hex(at(inputs, 0))))
  const c = program.box(sum("root", hex(at(inputs, 1))))
  let state = first.map(({ m, k }) => program.box(sum(hex(k), c, program.product(m, b))))
  for (const layer of opening) state = fullRound(program, layer, state, 1n)
  const form = (row: bigint[], k: bigint) =>
    program.value(sum(hex(k), ...row.map((x, i) => (x === 0n ? "0x0" : program.product(x, at(state, i))))))
  const [last, before] = [form(start.last, 0n), form(start.before, 0n)]
  let partial = [form(start.x, start.k), last, before]
  for (const round of rounds) partial = partialRound(program, round, partial)
  const [x, w1, w2] = partial
  state = [String(w2), String(w1), program.box(String(x))]
  closing.forEach((layer, i) => {
    state = fullRound(program, layer, state, i === 0 ? 3n : 1n)
  })
  const [o0, o1] = output.map((factor, i) => program.product(factor, at(state, i)))
  return [...program.lines, `head := add(${at(state, 2)}, add(${o0}, ${o1}))`]
}

/** contracts/lib/PoseidonT3.sol */
export const poseidonT3 = (): string =>
  solidityFile(
    "poseidon",
    `import {IPoseidonT3} from "./IArithmetic.sol";

/// @title Poseidon (Grassi et al., USENIX Security 2021) of two inputs over BN254's scalar field, with circomlib's parameters
/// @dev The rounds are rewritten into fewer products; scripts/generate/poseidon/plan.ts has the algebra. Unchecked sums: results
/// of MULMOD and constants are below p, and 5 p < 2^256 < 6 p. In partial rounds w < 3 p and x < 5 p, and a constant is
/// added to w before a product; in full rounds a sum has at most four terms, and the first layer after the partial
/// ones subtracts from 3 p and more what is below 3 p.
contract PoseidonT3 is IPoseidonT3 {
    uint256 private constant P = ${hex(P)};
    /// @dev Between hashes the head lacks this factor, which the last matrix would apply; and its inverse
    uint256 private constant FACTOR = ${hex(constants.f)};
    uint256 private constant INVERSE = ${hex(inverse(constants.f))};

    /// @inheritdoc IPoseidonT3
    function fold(bytes32 head, bytes32[] calldata roots) external pure returns (bytes32[] memory heads) {
        if (uint256(head) >= P) revert NotInField(uint256(head));
        heads = new bytes32[](roots.length);
        uint256 refused = _fold(uint256(head), roots, heads);
        if (refused != 0) revert NotInField(refused);
        assembly {
            // the answer as it lies in memory, behind its offset, since the compiler's encoder copies it word by word
            let answer := sub(heads, 0x20)
            mstore(answer, 0x20)
            return(answer, add(0x40, shl(5, roots.length)))
        }
    }

    /// @dev Answers the first root that is not below p; 0 if all are.
    function _fold(uint256 head, bytes32[] calldata roots, bytes32[] memory heads)
        private
        pure
        returns (uint256 refused)
    {
        assembly ("memory-safe") {
            let p := P
            head := mulmod(head, INVERSE, p)
            let from := roots.offset
            let to := heads
            for { let end := add(from, shl(5, roots.length)) } lt(from, end) { from := add(from, 32) } {
                let root := calldataload(from)
                if iszero(lt(root, p)) {
                    refused := root
                    break
                }
${indent(body(), 16)}
                to := add(to, 32)
                mstore(to, mulmod(head, FACTOR, p))
            }
        }
    }
}`,
  )
