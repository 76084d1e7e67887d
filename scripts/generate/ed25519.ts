import { indent, solidityFile } from "./solidity.ts"

type Point = readonly [x: bigint, y: bigint]

const P = 2n ** 255n - 19n
/** RFC 8032 §5.1: -121665 / 121666. */
const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n
const HALF = (P + 1n) / 2n
/** RFC 8032 §5.1: y = 4 / 5, x even. */
const BASE: Point = [
  0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51an,
  0x6666666666666666666666666666666666666666666666666666666666666658n,
]
const TEETH = 7
const COLUMNS = 36

const mod = (n: bigint) => ((n % P) + P) % P

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let e = exponent, b = base; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b)
  return result
}

/** RFC 8032 §5.1.4, affine: complete, so it doubles too. */
function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const product = mod(D * mod(x1 * x2) * mod(y1 * y2))
  const x = mod(x1 * y2 + x2 * y1) * power(mod(1n + product), P - 2n)
  const y = mod(y1 * y2 + x1 * x2) * power(mod(1n - product), P - 2n)
  return [mod(x), mod(y)]
}

/** B and its multiples by 2^36, 2^72, …, 2^216. */
function teeth(): Point[] {
  let point: Point = BASE
  return Array.from({ length: TEETH }, () => {
    const tooth = point
    for (let i = 0; i < COLUMNS; i++) point = add(point, point)
    return tooth
  })
}

/** Sum of the teeth, each negated where its bit of `index` is 0. */
const combine = (points: Point[], index: number): Point =>
  points.map(([x, y], i): Point => ((index >> i) & 1 ? [x, y] : [mod(-x), y])).reduce(add)

/** contracts/lib/Ed25519Base.sol */
export function ed25519Base(): string {
  const tooth = teeth()
  const points = Array.from({ length: 1 << TEETH }, (_, i) => combine(tooth, i))
  const words = points.flatMap(([x, y]) => [mod((y - x) * HALF), mod(D * mod(x * y))])
  const lines = words.map((value) => `hex"${value.toString(16).padStart(64, "0")}"`)
  return solidityFile(
    "ed25519.ts",
    `/// @title Comb table of the base point B of Ed25519 (RFC 8032 §5.1)
library Ed25519Base {
    /// @notice (y - x) / 2 and d·x·y of 128 entries, a word each.
    /// @dev Entry i, 0 to 127, is the point (x, y) = Σ ±2^(${COLUMNS} t) B over teeth t = 0 to 6, plus where bit t of i is set. Entry 127 - i
    /// is the negative of entry i, so its first number is (y + x) / 2 of entry i.
    bytes internal constant TABLE =
${indent(lines, 8)};
}`,
  )
}
