import { equal, ok } from "node:assert/strict"
import {
  type Asked,
  accumulator,
  type BoundInput,
  boundHolds,
  boundInput,
  encodeBounds,
  encodeClaimWord,
  FOLD_SIGNALS,
  type FoldInput,
  foldHolds,
  foldSegment,
  type JoinInput,
  joinHolds,
  joinTotals,
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
import { ASKED, anyAccumulation, anySlot, createRandom, FROM, matchingOpening, type Random, TO } from "./samples.ts"

const ROUNDS = process.env.WATTEST_DEPTH === "deep" ? 5000 : 250

const EDGES = [
  ...[0n, 1n, 2n, 255n, 256n, 2n ** 32n, 2n ** 48n - 1n, 2n ** 48n, 2n ** 60n - 1n, 2n ** 60n],
  ...[2n ** 96n - 1n, 2n ** 96n, FROM * 1000n, FROM * 1000n + 1n, TO * 1000n, TO * 1000n + 1n, R - 1n],
] as const

/** One value of an assignment replaced by a neighbour, an edge or another of its values. */
function mutate<T extends Assignment>(input: T, random: Random): T {
  const flat = [...flatten(input)]
  const any = () => flat[random.below(flat.length)] ?? ["", 0n]
  const [name, old] = any()
  const candidates = [(old + 1n) % R, (old + R - 1n) % R, EDGES[random.below(EDGES.length)] ?? 0n, any()[1]] as const
  return replace(input, name, random.pick(candidates))
}

function anyAsked(random: Random): Asked {
  return {
    tags: [random.pick([0n, 11n, 12n]), random.pick([0n, 21n, 21n, 22n]), 0n, 0n, random.pick([0n, 0n, 0n, 9n])],
    boundary: random.pick([2n, 2n, 3n]),
    limits: [random.pick([0n, 1n, 1n, 5n]), random.pick([4n, 4n, 5n, 3n]), random.pick([0n, 1n])],
    required: random.pick([0n, 0b1100n, 0b1100n, 0b1101n]),
    period: [FROM + random.pick([0n, 0n, 1_000_000n]), TO - random.pick([0n, 0n, 1_500_000n])],
  }
}

function anyFold(random: Random): FoldInput {
  const slots = Array.from({ length: 1 + random.below(3) }, () => anySlot(random))
  const from = { head: random.element(), accumulation: anyAccumulation(random) }
  return foldSegment(from, slots, { asked: anyAsked(random), blindTo: random.element(), capacity: 3 }).input
}

function anyOpen(random: Random): OpenInput {
  const opening = matchingOpening(random)
  const marks = opening.marks.with(3 + random.below(3), random.pick([0n, 0n, 1n, 4n]))
  const asked = random.pick([ASKED, ASKED, anyAsked(random)])
  const from = anyAccumulation(random)
  return openRun({ ...opening, marks }, { asked, from, blindTo: random.element() }).input
}

function anyJoin(random: Random): JoinInput {
  const parts = Array.from({ length: random.below(13) }, () => anyAccumulation(random))
  return joinTotals(parts, random.element()).input
}

function anyBound(random: Random): BoundInput {
  const name = METRIC_NAMES[random.below(METRIC_NAMES.length)] ?? "energy"
  const measure =
    name === "ratio"
      ? { ...METRICS.ratio, numerator: METRICS.energy.numerator, denominator: METRICS.runs.numerator }
      : METRICS[name]
  const [numerator, other] = [anyAccumulation(random), anyAccumulation(random)]
  const denominator = random.below(2) === 0 ? other : numerator
  const { dividend, divisor } = quotientOf(numerator.totals, denominator.totals, measure)
  const quotient = divisor === 0n ? 0n : dividend / divisor
  const near = (value: bigint) => BigInt.asUintN(80, random.pick([value, value, value - 1n, value + 1n]))
  const bounds = { lo: near(quotient), hi: near(quotient + 1n) }
  return boundInput({ numerator, denominator }, { measure, isStrict: random.below(2) === 0, bounds })
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
  this.timeout(ROUNDS > 1000 ? 3_600_000 : 240_000)
  const agreesOn = <T extends Assignment>(fuzzed: Fuzzed<T>) =>
    it(`agrees with the witness calculator of ${fuzzed.name} on ${ROUNDS} assignments`, () => compare(fuzzed))

  const fold = () => templateCircuit("Fold(3)", "fold", FOLD_SIGNALS)
  agreesOn({ name: "fold", circuit: fold, sample: anyFold, holds: foldHolds })
  agreesOn({ name: "open", circuit: () => mainCircuit("open"), sample: anyOpen, holds: openHolds })
  agreesOn({ name: "join", circuit: () => mainCircuit("join"), sample: anyJoin, holds: joinHolds })
  agreesOn({ name: "bound", circuit: () => mainCircuit("bound"), sample: anyBound, holds: boundHolds })
})

describe("an opening", () => {
  const random = createRandom("opening")
  const options = { asked: ASKED, from: anyAccumulation(random), blindTo: random.element() }
  const { input } = openRun(matchingOpening(random), options)
  async function says(input: OpenInput, holds: boolean) {
    equal((await (await mainCircuit("open")).calculate(input)) !== null, holds)
    equal(openHolds(input), holds)
  }

  it("is of one run, which is opened and not void", async () => {
    const of = (length: number, unopened: number, voids: number) => ({
      ...input,
      word: encodeClaimWord({ length, unopened, voids }, ASKED),
    })
    await says(of(1, 0, 0), true)
    for (const word of [of(0, 0, 0), of(2, 0, 0), of(1, 1, 0), of(1, 0, 1)]) await says(word, false)
  })

  it("is of its own root, filters and accumulators alone", async () => {
    for (const name of ["root", "asked", "cFrom", "cTo"] as const)
      await says({ ...input, [name]: input[name] + 1n }, false)
  })
})

/** Totals with these values, all others 0. */
const totalsWith = (values: { readonly [name in "energyMillijoules" | "workUnits" | "runs"]?: bigint }) => {
  const names = ["energyMillijoules", "workUnits", "runs"] as const
  const places = [0, 5, 13]
  const totals = new Array<bigint>(18).fill(0n)
  for (const [i, name] of names.entries()) totals[places[i] ?? 0] = values[name] ?? 0n
  return { totals, blind: 7n }
}

describe("a bound", function () {
  this.timeout(120_000)
  const measure = METRICS["energy-per-work"]
  const one = { energyMillijoules: 10n, workUnits: 4n, runs: 1n }
  const boundOf = (values: Parameters<typeof totalsWith>[0], lo: bigint, hi: bigint, isStrict = true) => {
    const side = totalsWith(values)
    return boundInput({ numerator: side, denominator: side }, { measure, isStrict, bounds: { lo, hi } })
  }

  async function says(input: BoundInput, holds: boolean) {
    const witness = await (await mainCircuit("bound")).calculate(input)
    equal(witness !== null, holds)
    equal(boundHolds(input), holds)
  }

  it("holds at both ends and fails one step outside them", async () => {
    await says(boundOf(one, 2500n, 2500n), true)
    await says(boundOf(one, 2501n, 2501n), false)
    await says(boundOf(one, 2499n, 2499n), false)
  })

  it("that is strict fails where no run is counted, or nothing is divided by", async () => {
    await says(boundOf({ ...one, runs: 0n }, 0n, 2500n), false)
    await says(boundOf({ runs: 1n }, 0n, 2500n), false)
    const [full, empty] = [totalsWith(one), totalsWith({ ...one, runs: 0n })]
    for (const sides of [
      { numerator: full, denominator: empty },
      { numerator: empty, denominator: full },
    ])
      await says(boundInput(sides, { measure, isStrict: true, bounds: { lo: 0n, hi: 2500n } }), false)
  })

  it("that is not strict holds over nothing, and still not over something divided by nothing", async () => {
    await says(boundOf({}, 5n, 5n, false), true)
    await says(boundOf({ energyMillijoules: 1n, runs: 1n }, 0n, 2n ** 80n - 1n, false), false)
  })

  it("is about one accumulator each: another opening of it is refused", async () => {
    const input = boundOf(one, 2500n, 2500n)
    for (const side of ["cNumerator", "cDenominator"] as const)
      await says({ ...input, [side]: accumulator(totalsWith({ ...one, runs: 2n })) }, false)
    await says({ ...input, bounds: encodeBounds({ lo: 0n, hi: 2499n }) }, false)
  })

  it("takes totals of 96 bits and refuses 97", async () => {
    const full = { energyMillijoules: 2n ** 96n - 1n, workUnits: 2n ** 96n - 1n, runs: 2n ** 96n - 1n }
    await says(boundOf(full, 1000n, 1000n), true)
    await says(replace(boundOf(full, 1000n, 1000n), "numerators[0]", 2n ** 96n), false)
  })
})
