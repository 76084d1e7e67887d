import { equal, ok } from "node:assert/strict"
import {
  type Accumulation,
  type Asked,
  type BoundInput,
  boundHolds,
  boundInput,
  FOLD_SIGNALS,
  type FoldInput,
  foldHolds,
  foldSegment,
  METRIC_NAMES,
  METRICS,
  type OpenInput,
  openHolds,
  openRun,
  quotientOf,
} from "@wattest/protocol"
import { R } from "../../scripts/keys/field.ts"
import { type Assignment, type Circuit, flatten, mainCircuit, replace, templateCircuit } from "./circuit.ts"
import { isSatisfied } from "./constraints.ts"
import { anySlot, createRandom, matchingOpening, type Random } from "./samples.ts"

const ROUNDS = process.env.WATTEST_DEPTH === "deep" ? 5000 : 250

const EDGES = [0n, 1n, 2n, 255n, 256n, 2n ** 32n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 96n - 1n, 2n ** 96n, R - 1n] as const

/** One value of an assignment replaced by a neighbour, an edge or another of its values. */
function mutate<T extends Assignment>(input: T, random: Random): T {
  const flat = [...flatten(input)]
  const any = () => flat[random.below(flat.length)] ?? ["", 0n]
  const [name, old] = any()
  const candidates = [(old + 1n) % R, (old + R - 1n) % R, random.pick(EDGES), any()[1]] as const
  return replace(input, name, random.pick(candidates))
}

function anyAsked(random: Random): Asked {
  return {
    tags: [random.pick([0n, 11n, 12n]), random.pick([0n, 21n, 21n, 22n]), 0n, 0n],
    boundary: random.pick([0n, 2n, 2n, 3n]),
    grades: [random.pick([0n, 1n, 1n, 5n]), random.pick([4n, 4n, 5n, 3n])],
  }
}

function anyAccumulation(random: Random): Accumulation {
  const totals = Array.from({ length: 8 }, () => random.bits(random.pick([0, 8, 70, 95, 96])))
  return { totals, blind: random.element() }
}

function anyFold(random: Random): FoldInput {
  const from = { head: random.element(), accumulation: anyAccumulation(random) }
  const slots = Array.from({ length: 1 + random.below(3) }, () => anySlot(random))
  return foldSegment(from, slots, { asked: anyAsked(random), blindTo: random.element(), capacity: 3 }).input
}

function anyOpen(random: Random): OpenInput {
  const opening = matchingOpening(random)
  const marks = opening.marks.map((mark, i) => (i < 3 ? mark : random.pick([0n, 1n, 1n, 4n])))
  const from = anyAccumulation(random)
  return openRun({ ...opening, marks }, { asked: anyAsked(random), from, blindTo: random.element() }).input
}

function anyBound(random: Random): BoundInput {
  const metric = METRICS[METRIC_NAMES[random.below(METRIC_NAMES.length)] ?? "energy"]
  const [numerator, other] = [anyAccumulation(random), anyAccumulation(random)]
  const denominator = random.below(2) === 0 ? other : numerator
  const input = boundInput({ numerator, denominator }, metric, 0n, 2n ** 64n - 1n)
  const { dividend, divisor } = quotientOf(input)
  const quotient = divisor === 0n ? 0n : dividend / divisor
  const near = (value: bigint) => BigInt.asUintN(64, random.pick([value, value, value - 1n, value + 1n]))
  return { ...input, lo: near(quotient), hi: near(quotient + 1n) }
}

/** A circuit with assignments of its inputs, and what the oracle says of them. */
type Fuzzed<T extends Assignment> = {
  readonly name: string
  readonly circuit: () => Promise<Circuit>
  readonly sample: (random: Random) => T
  readonly holds: (input: T) => boolean
}

async function compare<T extends Assignment>({ name, circuit: load, sample, holds }: Fuzzed<T>): Promise<void> {
  const circuit = await load()
  const counts = { held: 0, refused: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    const random = createRandom(`oracle ${name} ${round}`)
    const honest = sample(random)
    const input = random.below(2) === 0 ? honest : mutate(honest, random)
    const witness = await circuit.calculate(input)
    equal(witness !== null, holds(input), `round ${round}`)
    if (witness !== null) ok(isSatisfied(circuit.r1cs, witness), `round ${round}`)
    counts[witness === null ? "refused" : "held"]++
  }
  // Both outcomes are frequent, or the comparison would say little
  ok(counts.held > ROUNDS / 20 && counts.refused > ROUNDS / 20, JSON.stringify(counts))
}

describe("the oracle in TypeScript", function () {
  this.timeout(ROUNDS > 1000 ? 3_600_000 : 120_000)
  const agreesOn = <T extends Assignment>(fuzzed: Fuzzed<T>) =>
    it(`agrees with the witness calculator of ${fuzzed.name} on ${ROUNDS} assignments`, () => compare(fuzzed))

  const fold = () => templateCircuit("Fold(3)", "fold", FOLD_SIGNALS)
  agreesOn({ name: "fold", circuit: fold, sample: anyFold, holds: foldHolds })
  agreesOn({ name: "open", circuit: () => mainCircuit("open"), sample: anyOpen, holds: openHolds })
  agreesOn({ name: "bound", circuit: () => mainCircuit("bound"), sample: anyBound, holds: boundHolds })
})
