import { equal, ok, rejects } from "node:assert/strict"
import {
  type Asked,
  accumulator,
  accumulatorOfPairs,
  addTotals,
  amountsOf,
  askedDigest,
  type Counts,
  encodeClaimWord,
  FOLD_SIGNALS,
  type FoldInput,
  foldHead,
  foldHolds,
  foldSegment,
  openingRoot,
  pairsOf,
  type Slot,
  TOTALS,
  totalOf,
} from "@wattest/protocol"
import { R } from "../../scripts/keys/field.ts"
import { type Circuit, replace, templateCircuit } from "./circuit.ts"
import { ASKED, createRandom, FROM, matchingOpening, START, TO } from "./samples.ts"

const random = createRandom("fold")
const [first, second, third] = [matchingOpening(random), matchingOpening(random), matchingOpening(random)]
const OPTIONS = { asked: ASKED, blindTo: random.element(), capacity: 3 }

const mod = (value: bigint) => ((value % R) + R) % R
const foldOf = (slots: readonly Slot[], asked = ASKED) => foldSegment(START, slots, { ...OPTIONS, asked }).input
const withCounts = (input: FoldInput, counts: Counts) => ({ ...input, word: encodeClaimWord(counts, ASKED) })

describe("a fold of three runs", function () {
  this.timeout(120_000)
  let circuit: Circuit
  const opened = foldOf([{ opening: first }, { opening: second }, { opening: third }])
  const hidden = foldOf([{ opening: first }, { root: openingRoot(second) }, { opening: third }])
  const voided = foldOf([{ opening: first }, { root: 0n }, { opening: third }])

  before(async () => {
    circuit = await templateCircuit("Fold(3)", "fold", FOLD_SIGNALS)
  })

  async function takes(input: FoldInput) {
    ok((await circuit.calculate(input)) !== null)
    ok(foldHolds(input))
  }

  async function refuses(input: FoldInput) {
    equal(await circuit.calculate(input), null)
    equal(foldHolds(input), false)
  }

  it("takes opened, unopened and void runs, and fewer runs than slots", async () => {
    for (const input of [opened, hidden, voided, foldOf([{ opening: first }])]) await takes(input)
  })

  describe("with slots that are active otherwise than a prefix, and heads and counts that agree with it", () => {
    const roots = [first, second, third].map(openingRoot)
    const unopened = foldOf(roots.map((root) => ({ root })))
    function withActive(...active: readonly bigint[]): FoldInput {
      const step = (head: bigint, root: bigint, i: number) =>
        mod(head + (active[i] ?? 0n) * (foldHead(head, root) - head))
      const length = Number(active.reduce((sum, slot) => sum + slot))
      const counts = { ...count(length), unopened: length }
      return withCounts({ ...unopened, active, headTo: roots.reduce(step, unopened.headFrom) }, counts)
    }

    for (const active of ["100", "110", "111"])
      it(`takes the prefix ${active}`, () => takes(withActive(...[...active].map(BigInt))))

    const wrong = { "an empty segment": ["000"], "a gap": ["101", "011", "010"], "a slot twice": ["200", "120", "112"] }
    for (const [what, slots] of Object.entries(wrong))
      for (const active of slots)
        it(`refuses ${what}: ${active}`, () => refuses(withActive(...[...active].map(BigInt))))
  })

  it("refuses a run left out, its position counted all the same", () => {
    const short = foldOf([{ opening: first }, { opening: third }])
    return refuses({ ...withCounts(short, count(3)), headTo: opened.headTo })
  })

  it("refuses runs in another order", () => {
    const swapped = foldOf([{ opening: second }, { opening: first }, { opening: third }])
    return refuses({ ...swapped, headTo: opened.headTo })
  })

  it("is compiled for as many slots as a claim counts in a byte, and no more", () =>
    rejects(templateCircuit("Fold(256)", "fold", FOLD_SIGNALS), /False assert/))

  it("refuses a length that is not its active slots'", async () => {
    const two = foldOf([{ opening: first }, { opening: second }])
    for (const length of [1, 3]) await refuses(withCounts(two, count(length)))
  })

  it("refuses to hide that a run is unopened", () => refuses(withCounts(hidden, count(3))))

  it("refuses to call an unopened run void", () => refuses(withCounts(hidden, { ...count(3), voids: 1 })))

  it("refuses to hide a void run", () => refuses(withCounts(voided, count(3))))

  it("refuses to count a void run as unopened", () => refuses(withCounts(voided, { ...count(3), unopened: 1 })))

  const BETTER: readonly [string, Partial<Asked>][] = [
    ["energy grade", { limits: [0n, 4n, 0n] }],
    ["work grade", { limits: [1n, 3n, 0n] }],
  ]
  for (const [what, changes] of BETTER)
    it(`refuses a better ${what} than the runs have`, () =>
      refuses({ ...opened, word: encodeClaimWord(count(3), { ...ASKED, ...changes }) }))

  it("refuses a recorded run where live ones are asked for", () => {
    const recorded = { ...second, marks: second.marks.with(5, 1n) }
    return refuses(foldOf([{ opening: first }, { opening: recorded }]))
  })

  it("refuses a run that lacks a source which is required", () => {
    const lacking = { ...second, flags: second.flags.with(3, 0n) }
    return refuses(foldOf([{ opening: first }, { opening: lacking }]))
  })

  it("refuses a matching run's registers withheld", () => {
    const less = addTotals(amountsOf(first, ASKED), amountsOf(second, ASKED))
    return refuses({ ...opened, cTo: accumulator({ totals: less, blind: OPTIONS.blindTo }) })
  })

  it("refuses another accumulator to start from", () => refuses({ ...opened, cFrom: opened.cFrom + 1n }))

  it("refuses another ledger's head", () => refuses({ ...opened, headFrom: 1n }))

  it("refuses heads that belong to other roots", () => refuses({ ...opened, headTo: foldHead(opened.headTo, 0n) }))

  it("refuses tags that are not under the public digest", () =>
    refuses({ ...opened, askedTags: [12n, 21n, 0n, 0n, 0n] }))

  it("refuses the public digest of other tags", () =>
    refuses({ ...opened, asked: askedDigest([12n, 21n, 0n, 0n, 0n]) }))

  it("refuses an opened run that ends before it starts, outside the period too", async () => {
    const outside = { ...first, times: [FROM * 1000n - 1n, FROM * 1000n - 2n] }
    await refuses(foldOf([{ opening: outside }]))
    // inside it the sum would fall: the field's −1 for the time of the counted run and of all runs
    const inside = { ...first, times: [TO * 1000n, TO * 1000n], registers: first.registers.with(11, 0n) }
    const { input, to } = foldSegment(START, [{ opening: inside }], OPTIONS)
    await takes(input)
    const backwards = { ...inside, times: [TO * 1000n, TO * 1000n - 1n] }
    const root = openingRoot(backwards)
    const lessTime = pairsOf(to.totals).map((pair, i) => (i === 6 ? pair - 1n : i === 7 ? pair - (1n << 96n) : pair))
    await refuses({
      ...{ ...input, root: input.root.with(0, root), headTo: foldHead(START.head, root) },
      ...{ times: input.times.with(0, backwards.times), cTo: accumulatorOfPairs(lessTime.map(mod), to.blind) },
    })
  })

  it("refuses a register that wraps around the field", async () => {
    for (const value of [R - 1n, 2n ** 60n]) await refuses(replace(opened, "registers[0][0]", value))
  })
})

describe("what a run adds to a tally", () => {
  const run = { ...matchingOpening(random), tags: [11n, 21n, 1n, 2n, 3n] }
  const [from, to] = [FROM * 1000n, TO * 1000n]
  const added = (times: readonly bigint[], asked = ASKED, blind = 0n) =>
    amountsOf({ ...run, times, registers: run.registers.with(11, blind) }, asked)

  it("is nothing when it ends at the period's start or after its end", () => {
    const nothing = TOTALS.map(() => 0n)
    equal(added([from - 9n, from]).join(), nothing.join())
    equal(added([to, to + 1n]).join(), nothing.join())
  })

  it("is all of its energy when it ends in the period, and only its time since the period's start", () => {
    const totals = added([from - 9n, from + 1n])
    equal(totalOf(totals, "energyMillijoules"), run.registers[0])
    equal(totalOf(totals, "allTimeMs"), 1n)
    equal(totalOf(added([to - 10n, to]), "allTimeMs"), 10n)
  })

  it("is no more blind time than time", () => {
    const totals = added([from - 9n, from + 5n], ASKED, 100n)
    equal(totalOf(totals, "blindMilliseconds"), 5n)
    equal(totalOf(totals, "allBlindMs"), 5n)
    equal(totalOf(added([from, from + 500n], ASKED, 100n), "allBlindMs"), 100n)
  })

  it("is time and energy of all runs at the boundary, whatever their tags, but not those of another boundary", () => {
    const other = { ...ASKED, tags: ASKED.tags.with(0, 12n) }
    const totals = added([from, from + 500n], other)
    equal(totalOf(totals, "runs"), 0n)
    equal(totalOf(totals, "energyMillijoules"), 0n)
    equal(totalOf(totals, "allEnergyMillijoules"), run.registers[0])
    equal(totalOf(totals, "allTimeMs"), 500n)
    equal(totalOf(added([from, from + 500n], { ...ASKED, boundary: 3n }), "allTimeMs"), 0n)
  })
})

function count(length: number): Counts {
  return { length, unopened: 0, voids: 0 }
}
