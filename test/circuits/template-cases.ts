import {
  type Asked,
  accumulator,
  accumulatorOfPairs,
  amountsOf,
  askedDigest,
  EMPTY_ACCUMULATION,
  EMPTY_ACCUMULATOR,
  encodeClaimWord,
  foldHead,
  isCounted,
  joinTotals,
  openingRoot,
  pairsOf,
} from "@wattest/protocol"
import { R } from "../../scripts/keys/field.ts"
import { type Assignment, replace } from "./circuit.ts"
import { ASKED, anyAccumulation, bitsOf, createRandom, FROM, matchingOpening, TO } from "./samples.ts"

/** One template: assignments that it takes, with the outputs that they have, and assignments that it refuses. */
export type TemplateCase = {
  readonly call: string
  readonly file: string
  readonly constraints: number
  readonly valid: readonly { readonly title: string; readonly input: Assignment; readonly outputs: Assignment }[]
  readonly invalid: readonly { readonly title: string; readonly input: Assignment }[]
}

const random = createRandom("templates")

/** Values just inside and just outside a range of `bits`, put at one place of a valid assignment. */
function range<T extends Assignment>(base: T, name: string, bits: number) {
  const at = (value: bigint, text: string) => ({ title: `${name} = ${text}`, input: replace(base, name, value) })
  const inside = [at(0n, "0"), at(2n ** BigInt(bits) - 1n, `2^${bits} - 1`)]
  return { inside, outside: [at(2n ** BigInt(bits), `2^${bits}`), at(R - 1n, "the field's last")] }
}

const pack = { parts: [1n, 2n, 3n, 4n] }
const packed = ({ parts }: typeof pack) => ({
  out: parts.reduce((word, part, i) => word + (part << BigInt(60 * i)), 0n),
})
const packRanges = pack.parts.map((_, i) => range(pack, `parts[${i}]`, 60))

const totals = { totals: Array.from({ length: 18 }, () => random.bits(96)), blind: random.element() }
const accumulated = (input: typeof totals) => ({ out: accumulator(input) })
const totalRanges = totals.totals.map((_, i) => range(totals, `totals[${i}]`, 96))
const pairs = { pairs: Array.from({ length: 9 }, random.element), blind: random.element() }

const wordOutputs = (word: bigint): Assignment => {
  const at = (from: number, bits: number) => (word >> BigInt(from)) & (2n ** BigInt(bits) - 1n)
  return {
    ...{ length: at(0, 8), unopened: at(8, 8), voids: at(16, 8), boundary: at(24, 8) },
    limits: [at(32, 8), at(40, 8), at(48, 8)],
    required: Array.from({ length: 16 }, (_, i) => at(56 + i, 1)),
    period: [1000n * at(72, 40), 1000n * at(112, 40)],
  }
}

const run = matchingOpening(random)
const runRoot = (input: typeof run) => ({ out: openingRoot(input) })
const runRanges = [
  ...run.registers.map((_, i) => range(run, `registers[${i}]`, 60)),
  ...run.times.map((_, i) => range(run, `times[${i}]`, 48)),
  ...run.marks.map((_, i) => range(run, `marks[${i}]`, i === 0 ? 32 : 8)),
  ...run.flags.map((_, i) => range(run, `flags[${i}]`, 1)),
]

const summed = { totals: totals.totals, mask: Array.from({ length: 18 }, (_, i) => BigInt(i % 2)) }
const sum = ({ totals: values, mask }: typeof summed) => ({
  out: values.reduce((all, value, i) => all + (mask[i] ?? 0n) * value, 0n),
})
const maskOf = (bit: bigint) => ({ ...summed, mask: summed.mask.map(() => bit) })

const SIMPLE: readonly TemplateCase[] = [
  {
    ...{ call: "Pack()", file: "run/pack", constraints: 241 },
    valid: withOutputs(
      packRanges.flatMap(({ inside }) => inside),
      packed,
    ),
    invalid: packRanges.flatMap(({ outside }) => outside),
  },
  {
    ...{ call: "EqualOrAny()", file: "run/equal-or-any", constraints: 3 },
    valid: [
      { title: "equal", input: { value: 5n, asked: 5n }, outputs: { out: 1n } },
      { title: "any", input: { value: 5n, asked: 0n }, outputs: { out: 1n } },
      { title: "any of nothing", input: { value: 0n, asked: 0n }, outputs: { out: 1n } },
      { title: "different", input: { value: 5n, asked: 6n }, outputs: { out: 0n } },
      { title: "nothing, asked for something", input: { value: 0n, asked: R - 1n }, outputs: { out: 0n } },
    ],
    invalid: [],
  },
  {
    ...{ call: "Accumulator()", file: "claim/accumulator", constraints: 459 },
    valid: [
      { title: "any pairs", input: pairs, outputs: { out: accumulatorOfPairs(pairs.pairs, pairs.blind) } },
      {
        title: "nothing",
        input: { pairs: pairs.pairs.map(() => 0n), blind: 0n },
        outputs: { out: EMPTY_ACCUMULATOR },
      },
    ],
    invalid: [],
  },
  {
    ...{ call: "OpenedTotals()", file: "claim/opened-totals", constraints: 2187 },
    valid: withOutputs(
      totalRanges.flatMap(({ inside }) => inside),
      accumulated,
    ),
    invalid: totalRanges.flatMap(({ outside }) => outside),
  },
  {
    ...{ call: "Asked()", file: "claim/asked", constraints: 960 },
    valid: [[11n, 21n, 0n, 0n, 0n], [0n, 0n, 0n, 0n, 0n], Array.from({ length: 5 }, random.element)].map((tags) => ({
      title: `tags ${tags.map((tag) => tag % 100n).join(", ")}`,
      input: { tags },
      outputs: { out: askedDigest(tags) },
    })),
    invalid: [],
  },
  {
    ...{ call: "ClaimWord()", file: "claim/claim-word", constraints: 153 },
    valid: [0n, encodeClaimWord({ length: 3, unopened: 2, voids: 1 }, ASKED), random.bits(152), 2n ** 152n - 1n].map(
      (word) => ({ title: `0x${word.toString(16)}`, input: { word }, outputs: wordOutputs(word) }),
    ),
    invalid: range({ word: 0n }, "word", 152).outside,
  },
  {
    ...{ call: "RunRoot()", file: "run/run-root", constraints: 1688 },
    valid: withOutputs(
      runRanges.flatMap(({ inside }) => inside),
      runRoot,
    ),
    invalid: runRanges.flatMap(({ outside }) => outside),
  },
  {
    ...{ call: "MaskedSum()", file: "claim/masked-sum", constraints: 18 },
    valid: withOutputs(
      [
        { title: "some", input: summed },
        { title: "none", input: maskOf(0n) },
        { title: "all", input: maskOf(1n) },
      ],
      sum,
    ),
    invalid: [],
  },
]

const [FROM_MS, TO_MS] = [FROM * 1000n, TO * 1000n]
const stay = { opened: 1n, start: FROM_MS + 10n, end: FROM_MS + 30n, blind: 5n, from: FROM_MS, to: TO_MS }
const period = (title: string, changes: Partial<typeof stay>, [inside, time, blindTime]: readonly bigint[]) => ({
  title,
  input: { ...stay, ...changes },
  outputs: { inside: inside ?? 0n, time: time ?? 0n, blindTime: blindTime ?? 0n },
})
const MAX_48 = 2n ** 48n - 1n

const PERIOD: TemplateCase = {
  ...{ call: "Period()", file: "run/period", constraints: 268 },
  valid: [
    period("a run inside", {}, [1n, 20n, 5n]),
    period("a run of no length", { start: stay.end }, [1n, 0n, 0n]),
    period("a run that ends at the start", { start: 0n, end: FROM_MS }, [0n, 0n, 0n]),
    period("a run that ends just after the start", { start: 0n, end: FROM_MS + 1n }, [1n, 1n, 1n]),
    period("a run that begins just before the start", { start: FROM_MS - 1n }, [1n, 30n, 5n]),
    period("a run that begins at the start", { start: FROM_MS }, [1n, 30n, 5n]),
    period("a run that begins just after the start", { start: FROM_MS + 1n }, [1n, 29n, 5n]),
    period("a run that ends at the end", { start: TO_MS - 7n, end: TO_MS }, [1n, 7n, 5n]),
    period("a run that ends just after the end", { start: TO_MS, end: TO_MS + 1n }, [0n, 0n, 0n]),
    period("as much blind time as time", { blind: 20n }, [1n, 20n, 20n]),
    period("one millisecond more", { blind: 21n }, [1n, 20n, 20n]),
    period("blind for ever", { blind: 2n ** 60n - 1n }, [1n, 20n, 20n]),
    period("the longest run", { start: 0n, end: MAX_48, from: 0n, to: 2n ** 50n - 1n }, [1n, MAX_48, 5n]),
    period("not opened, whatever it holds", { opened: 0n, start: MAX_48, end: 0n }, [0n, 0n, 0n]),
  ],
  invalid: [
    period("an end one before the start", { end: stay.start - 1n }, []),
    period("an end before the start, outside the period", { start: 2n, end: 1n }, []),
  ],
}

const candidate = {
  ...{ placed: 1n, work: 7n, tags: run.tags, marks: [1n, 4n, 0n], fed: run.flags.slice(0, 16) },
  ...{ asked: ASKED.tags, limits: ASKED.limits, required: bitsOf(ASKED.required, 16) },
}
const matching = (title: string, changes: Assignment, out: bigint) => ({
  title,
  input: { ...candidate, ...changes },
  outputs: { out },
})
const otherUnit = run.tags.with(1, 22n)
const otherModel = otherUnit.with(0, 12n)
const none = bitsOf(0n, 16)
const all = bitsOf(2n ** 16n - 1n, 16)

const MATCHING: TemplateCase = {
  ...{ call: "Matching()", file: "run/matching", constraints: 67 },
  valid: [
    matching("a matching run", {}, 1n),
    matching("marks one better than asked", { marks: [0n, 3n, 0n] }, 1n),
    matching("the worst marks, asked for", { marks: [255n, 255n, 255n], limits: [255n, 255n, 255n] }, 1n),
    matching("another unit without work", { tags: otherUnit, work: 0n }, 1n),
    matching("another unit where any is asked", { tags: otherUnit, asked: [11n, 0n, 0n, 0n, 0n] }, 1n),
    matching("nothing fed where nothing is required", { fed: none, required: none }, 1n),
    matching("everything fed where everything is required", { fed: all, required: all }, 1n),
    matching("another model, unit and grade: not selected", { tags: otherModel, marks: [5n, 5n, 5n], fed: none }, 0n),
    ...["zone", "site", "party"].map((name, i) =>
      matching(`another ${name}`, { asked: ASKED.tags.with(2 + i, 5n), fed: none }, 0n),
    ),
    matching(
      "not placed, whatever it holds",
      { placed: 0n, tags: otherUnit, marks: [255n, 255n, 255n], fed: none },
      0n,
    ),
  ],
  invalid: [
    matching("work in another unit", { tags: otherUnit }, 1n),
    matching("the least work in another unit", { tags: otherUnit, work: 1n }, 1n),
    matching("the most work in another unit", { tags: otherUnit, work: 3n * (2n ** 60n - 1n) }, 1n),
    matching("an energy grade one worse", { marks: [2n, 4n, 0n] }, 1n),
    matching("a work grade one worse", { marks: [1n, 5n, 0n] }, 1n),
    matching("a recorded run", { marks: [1n, 4n, 1n] }, 1n),
    ...all.map((_, i) => matching(`bit ${i} missing`, { fed: all.with(i, 0n), required: all }, 1n)),
  ],
}

const claim = {
  ...{ asked: ASKED.tags, boundary: 2n, limits: ASKED.limits, required: bitsOf(ASKED.required, 16) },
  period: [FROM_MS, TO_MS],
}
const marksOf = ({ marks }: typeof run) => [1, 3, 4, 5].map((i) => marks[i] ?? 0n)
const { rest: _, marks: __, ...stated } = run
const amounts = (title: string, opening: typeof run, asked: Asked, opened = 1n) => ({
  title,
  input: {
    ...stated,
    ...{ registers: opening.registers, times: opening.times, flags: opening.flags, tags: opening.tags },
    ...{ marks: marksOf(opening), opened },
    ...{ ...claim, asked: asked.tags, boundary: asked.boundary },
  },
  outputs: {
    counted: opened === 1n && isCounted(opening, asked) ? 1n : 0n,
    out: pairsOf(opened === 1n ? amountsOf(opening, asked) : EMPTY_ACCUMULATION.totals),
  },
})
const full = { ...run, registers: run.registers.map(() => 2n ** 60n - 1n), flags: bitsOf(2n ** 17n - 1n, 17) }

const RUN_AMOUNTS: TemplateCase = {
  ...{ call: "RunAmounts()", file: "run/run-amounts", constraints: 347 },
  valid: [
    amounts("a run that counts", run, ASKED),
    amounts("the largest registers, broken", full, ASKED),
    amounts("a run of another model", run, { ...ASKED, tags: ASKED.tags.with(0, 12n) }),
    amounts("a run at another boundary", run, { ...ASKED, boundary: 3n }),
    amounts("a run that straddles the start", { ...run, times: [0n, FROM_MS + 3n] }, ASKED),
    amounts("a run after the end", { ...run, times: [0n, TO_MS + 1n] }, ASKED),
    amounts("a run that is not opened", run, ASKED, 0n),
  ],
  invalid: [amounts("a run that counts with a grade too bad", { ...run, marks: run.marks.with(3, 2n) }, ASKED)],
}

const head = random.element()
const root = openingRoot(run)
const slot = { ...{ active: 1n, opened: 1n, root, ...run, head }, ...claim }
const nothing = pairsOf(EMPTY_ACCUMULATION.totals)
const step = (title: string, changes: Assignment, outputs: Assignment) => ({
  title,
  input: { ...slot, ...changes },
  outputs: {
    ...{ nextHead: foldHead(head, root), isVoid: 0n, isUnopened: 0n, amounts: pairsOf(amountsOf(run, ASKED)) },
    ...outputs,
  },
})

const FOLD_STEP: TemplateCase = {
  ...{ call: "FoldStep()", file: "fold-step", constraints: 2284 },
  valid: [
    step("an opened run that counts", {}, {}),
    step("an unopened run", { opened: 0n }, { isUnopened: 1n, amounts: nothing }),
    step("a void run", { opened: 0n, root: 0n }, { isVoid: 1n, amounts: nothing, nextHead: foldHead(head, 0n) }),
    step("an inactive slot", { active: 0n, opened: 0n }, { amounts: nothing, nextHead: head }),
  ],
  invalid: [
    step("a statement that is not under the root", { root: root + 1n }, {}),
    step("an opening of a void run", { root: 0n }, {}),
    step("an opening in an inactive slot", { active: 0n }, {}),
    step("opened = 2", { opened: 2n }, {}),
    step("opened = -1", { opened: R - 1n }, {}),
    step(
      "a register past 60 bits in an unopened slot",
      { opened: 0n, registers: run.registers.with(0, 2n ** 60n) },
      {},
    ),
  ],
}

const joined = joinTotals([anyAccumulation(random), anyAccumulation(random)], random.element(), 3)
const JOIN: TemplateCase = {
  ...{ call: "Join(3)", file: "join", constraints: 1836 },
  valid: [
    { title: "two parts of three", input: joined.input, outputs: {} },
    { title: "nothing", input: joinTotals([], 0n, 3).input, outputs: {} },
  ],
  invalid: [
    { title: "a part that is left out", input: { ...joined.input, sum: joinTotals([], 0n, 3).input.sum } },
    { title: "a part counted twice", input: replace(joined.input, "parts[2]", joined.input.parts[0] ?? 0n) },
    { title: "totals that are not under a part", input: replace(joined.input, "pairs[0][0]", 0n) },
    { title: "another blind", input: replace(joined.input, "blindSum", 1n) },
  ],
}

/** Every template of circuits/lib but those of circuits/main, which have tests of their own. */
export const TEMPLATES: readonly TemplateCase[] = [...SIMPLE, PERIOD, MATCHING, RUN_AMOUNTS, FOLD_STEP, JOIN]

function withOutputs<T extends Assignment>(
  cases: readonly { readonly title: string; readonly input: T }[],
  outputs: (input: T) => Assignment,
) {
  return cases.map(({ title, input }) => ({ title, input, outputs: outputs(input) }))
}
