import { accumulator, foldHead, openingRoot } from "@wattest/protocol"
import { R } from "../../scripts/keys/field.ts"
import { type Assignment, replace } from "./circuit.ts"
import { ASKED, createRandom, matchingOpening } from "./samples.ts"

/** One template: assignments that it takes, with the outputs that they have, and assignments that it refuses. */
export type TemplateCase = {
  readonly call: string
  readonly file: string
  readonly constraints: number
  readonly valid: readonly { readonly title: string; readonly input: Assignment; readonly outputs: Assignment }[]
  readonly invalid: readonly { readonly title: string; readonly input: Assignment }[]
}

const MAX_64 = 2n ** 64n - 1n
const random = createRandom("templates")

/** Values just inside and just outside a range of `bits`, put at one place of a valid assignment. */
function range<T extends Assignment>(base: T, name: string, bits: number) {
  const at = (value: bigint, text: string) => ({ title: `${name} = ${text}`, input: replace(base, name, value) })
  const inside = [at(0n, "0"), at(2n ** BigInt(bits) - 1n, `2^${bits} - 1`)]
  return { inside, outside: [at(2n ** BigInt(bits), `2^${bits}`), at(R - 1n, "the field's last")] }
}

const pack = { parts: [1n, 2n, 3n] }
const packed = ({ parts: [a = 0n, b = 0n, c = 0n] }: typeof pack) => ({ out: a + (b << 64n) + (c << 128n) })
const packRanges = [0, 1, 2].map((i) => range(pack, `parts[${i}]`, 64))

const totals = { totals: Array.from({ length: 8 }, () => random.bits(96)), blind: random.element() }
const accumulated = (input: typeof totals) => ({ out: accumulator(input) })
const totalRanges = totals.totals.map((_, i) => range(totals, `totals[${i}]`, 96))

const wordOutputs = (word: bigint) => {
  const at = (i: number) => (word >> BigInt(8 * i)) & 255n
  const [length, unopened, voids, boundary, energyGrade, workGrade] = [0, 1, 2, 3, 4, 5].map(at)
  return { length, unopened, voids, boundary, energyGrade, workGrade } as Assignment
}

const run = matchingOpening(random)
const runRoot = (input: typeof run) => ({ out: openingRoot(input) })
const runRanges = [
  ...run.registers.map((_, i) => range(run, `registers[${i}]`, 64)),
  ...run.times.map((_, i) => range(run, `times[${i}]`, 64)),
  ...run.marks.map((_, i) => range(run, `marks[${i}]`, i === 0 ? 32 : 8)),
]

const summed = { totals: totals.totals, mask: 0b1010_0101n }
const sum = ({ totals: values, mask }: typeof summed) => ({
  out: values.reduce((all, value, i) => all + ((mask >> BigInt(i)) & 1n) * value, 0n),
})
const maskRange = range(summed, "mask", 8)

const SIMPLE: readonly TemplateCase[] = [
  {
    ...{ call: "Pack()", file: "pack", constraints: 193 },
    valid: withOutputs(
      packRanges.flatMap(({ inside }) => inside),
      packed,
    ),
    invalid: packRanges.flatMap(({ outside }) => outside),
  },
  {
    ...{ call: "EqualOrAny()", file: "equal-or-any", constraints: 3 },
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
    ...{ call: "Accumulator()", file: "accumulator", constraints: 1185 },
    valid: withOutputs(
      totalRanges.flatMap(({ inside }) => inside),
      accumulated,
    ),
    invalid: totalRanges.flatMap(({ outside }) => outside),
  },
  {
    ...{ call: "ClaimWord()", file: "claim-word", constraints: 49 },
    valid: [0n, 0x0102_0304_0506n, 2n ** 48n - 1n].map((word) => ({
      title: `0x${word.toString(16)}`,
      input: { word },
      outputs: wordOutputs(word),
    })),
    invalid: range({ word: 0n }, "word", 48).outside,
  },
  {
    ...{ call: "RunRoot()", file: "run-root", constraints: 1537 },
    valid: withOutputs(
      runRanges.flatMap(({ inside }) => inside),
      runRoot,
    ),
    invalid: runRanges.flatMap(({ outside }) => outside),
  },
  {
    ...{ call: "MaskedSum()", file: "masked-sum", constraints: 16 },
    valid: withOutputs([...maskRange.inside, { title: "some", input: summed }], sum),
    invalid: maskRange.outside,
  },
]

const candidate = {
  ...{ opened: 1n, work: 7n, tags: run.tags, boundary: 2n, grades: [1n, 4n] },
  ...{ asked: ASKED.tags, askedBoundary: 2n, limits: ASKED.grades },
}
const matching = (title: string, changes: Assignment, out: bigint) => ({
  title,
  input: { ...candidate, ...changes },
  outputs: { out },
})
const otherUnit = [11n, 22n, ...run.tags.slice(2)]
const otherModel = [12n, 22n, ...run.tags.slice(2)]

const MATCHING: TemplateCase = {
  ...{ call: "Matching()", file: "matching", constraints: 41 },
  valid: [
    matching("a matching run", {}, 1n),
    matching("grades one better than asked", { grades: [0n, 3n] }, 1n),
    matching("the worst grades, asked for", { grades: [255n, 255n], limits: [255n, 255n] }, 1n),
    matching("another unit without work", { tags: otherUnit, work: 0n }, 1n),
    matching("another unit where any is asked", { tags: otherUnit, asked: [11n, 0n, 0n, 0n] }, 1n),
    matching("another model, unit and grade: not selected", { tags: otherModel, grades: [5n, 5n] }, 0n),
    matching("another zone", { asked: [11n, 21n, 5n, 0n] }, 0n),
    matching("another party", { asked: [11n, 21n, 0n, 5n] }, 0n),
    matching("another boundary", { boundary: 1n, grades: [5n, 5n] }, 0n),
    matching("any boundary", { boundary: 1n, askedBoundary: 0n }, 1n),
    matching("not opened, whatever it holds", { opened: 0n, tags: otherUnit, grades: [255n, 255n] }, 0n),
  ],
  invalid: [
    matching("work in another unit", { tags: otherUnit }, 1n),
    matching("the least work in another unit", { tags: otherUnit, work: 1n }, 1n),
    matching("the most work in another unit", { tags: otherUnit, work: 2n * MAX_64 }, 1n),
    matching("an energy grade one worse", { grades: [2n, 4n] }, 1n),
    matching("a work grade one worse", { grades: [1n, 5n] }, 1n),
  ],
}

const head = random.element()
const root = openingRoot(run)
const slot = {
  ...{ active: 1n, opened: 1n, root, ...run, head },
  ...{ asked: ASKED.tags, askedBoundary: 2n, limits: ASKED.grades },
}
const nothing = new Array<bigint>(8).fill(0n)
const step = (title: string, changes: Assignment, outputs: Assignment) => ({
  title,
  input: { ...slot, ...changes },
  outputs: { nextHead: foldHead(head, root), isVoid: 0n, isUnopened: 0n, amounts: run.registers, ...outputs },
})

const FOLD_STEP: TemplateCase = {
  ...{ call: "FoldStep()", file: "fold-step", constraints: 1835 },
  valid: [
    step("an opened run that matches", {}, {}),
    step("an opened run that does not match", { asked: [12n, 0n, 0n, 0n] }, { amounts: nothing }),
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
      "a register past 64 bits in an unopened slot",
      { opened: 0n, registers: [MAX_64 + 1n, ...nothing.slice(1)] },
      {},
    ),
  ],
}

/** Every template of circuits/lib but those of circuits/main, which have tests of their own. */
export const TEMPLATES: readonly TemplateCase[] = [...SIMPLE, MATCHING, FOLD_STEP]

function withOutputs<T extends Assignment>(
  cases: readonly { readonly title: string; readonly input: T }[],
  outputs: (input: T) => Assignment,
) {
  return cases.map(({ title, input }) => ({ title, input, outputs: outputs(input) }))
}
