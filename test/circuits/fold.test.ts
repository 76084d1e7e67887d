import { equal, ok } from "node:assert/strict"
import {
  accumulator,
  addTotals,
  type Counts,
  encodeClaimWord,
  FOLD_SIGNALS,
  type FoldInput,
  foldHead,
  foldHolds,
  foldSegment,
  openingRoot,
  type Slot,
} from "@wattest/protocol"
import { R } from "../../scripts/keys/field.ts"
import { type Circuit, replace, templateCircuit } from "./circuit.ts"
import { ASKED, createRandom, matchingOpening, START } from "./samples.ts"

const random = createRandom("fold")
const [first, second, third] = [matchingOpening(random), matchingOpening(random), matchingOpening(random)]
const OPTIONS = { asked: ASKED, blindTo: random.element(), capacity: 3 }

const foldOf = (slots: readonly Slot[]) => foldSegment(START, slots, OPTIONS).input
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

  it("refuses an empty segment", () =>
    refuses(withCounts({ ...opened, active: [0n, 0n, 0n], opened: [0n, 0n, 0n], headTo: opened.headFrom }, count(0))))

  it("refuses a gap among the active slots", () =>
    refuses(withCounts({ ...opened, active: [1n, 0n, 1n], opened: [1n, 0n, 1n] }, count(2))))

  it("refuses a slot that is half active", () => refuses({ ...opened, active: [1n, 1n, 2n ** 200n] }))

  it("refuses a run left out, its position counted all the same", () => {
    const short = foldOf([{ opening: first }, { opening: third }])
    return refuses({ ...withCounts(short, count(3)), headTo: opened.headTo })
  })

  it("refuses runs in another order", () => {
    const swapped = foldOf([{ opening: second }, { opening: first }, { opening: third }])
    return refuses({ ...swapped, headTo: opened.headTo })
  })

  it("refuses to hide that a run is unopened", () => refuses(withCounts(hidden, count(3))))

  it("refuses to call an unopened run void", () => refuses(withCounts(hidden, { ...count(3), voids: 1 })))

  it("refuses to hide a void run", () => refuses(withCounts(voided, count(3))))

  it("refuses to count a void run as unopened", () => refuses(withCounts(voided, { ...count(3), unopened: 1 })))

  it("refuses better grades than the runs have", async () => {
    for (const grades of [
      [0n, 4n],
      [1n, 3n],
    ])
      await refuses({ ...opened, word: encodeClaimWord(count(3), { ...ASKED, grades }) })
  })

  it("refuses a matching run's registers withheld", () => {
    const less = addTotals(START.accumulation.totals, addTotals(first.registers, second.registers))
    return refuses({ ...opened, cTo: accumulator({ totals: less, blind: OPTIONS.blindTo }) })
  })

  it("refuses another accumulator to start from", () => refuses({ ...opened, cFrom: opened.cFrom + 1n }))

  it("refuses another ledger's head", () => refuses({ ...opened, headFrom: 1n }))

  it("refuses heads that belong to other roots", () => refuses({ ...opened, headTo: foldHead(opened.headTo, 0n) }))

  it("refuses totals past 96 bits", async () => {
    const full = { totals: [2n ** 96n - 1n, ...START.accumulation.totals.slice(1)], blind: 5n }
    const input = foldSegment({ head: 0n, accumulation: full }, [{ opening: first }], OPTIONS).input
    await refuses(input)
  })

  it("refuses a register that wraps around the field", async () => {
    for (const value of [R - 1n, 2n ** 64n]) await refuses(replace(opened, "registers[0][0]", value))
  })
})

function count(length: number): Counts {
  return { length, unopened: 0, voids: 0 }
}
