import { deepEqual, equal, ok } from "node:assert/strict"
import {
  BOUND_SIGNALS,
  boundInput,
  EMPTY_ACCUMULATION,
  FOLD_SIGNALS,
  foldHolds,
  foldSegment,
  METRICS,
  OPEN_SIGNALS,
  openRun,
} from "@wattest/protocol"
import { type Assignment, type Circuit, flatten, mainCircuit } from "./circuit.ts"
import { freeWires, isSatisfied } from "./constraints.ts"
import { ASKED, anySlot, createRandom, matchingOpening, START } from "./samples.ts"

const random = createRandom("mains")
const blindTo = random.element()

const fold = foldSegment(START, [...Array.from({ length: 28 }, () => anySlot(random)), { root: 0n }], {
  asked: ASKED,
  blindTo,
})
const open = openRun(matchingOpening(random), { asked: ASKED, from: EMPTY_ACCUMULATION, blindTo })
const bound = boundInput({ numerator: open.to, denominator: open.to }, METRICS["energy-per-work"], 0n, 2n ** 64n - 1n)

/** Exact counts: a change is a new circuit, with new keys, and must be meant. */
const CASES: readonly { name: string; constraints: number; signals: readonly string[]; input: Assignment }[] = [
  { name: "fold", constraints: 61164, signals: FOLD_SIGNALS, input: fold.input },
  { name: "open", constraints: 3992, signals: OPEN_SIGNALS, input: open.input },
  { name: "bound", constraints: 3088, signals: BOUND_SIGNALS, input: bound },
]

for (const { name, constraints, signals, input } of CASES)
  describe(`circuit ${name}`, function () {
    this.timeout(120_000)
    let circuit: Circuit
    let witness: bigint[]

    before(async () => {
      circuit = await mainCircuit(name)
      witness = (await circuit.calculate(input)) ?? []
    })

    it("has exactly its constraints", () => {
      equal(circuit.r1cs.constraints.length, constraints)
    })

    it("has the public signals of the protocol, in order, each of them constrained", () => {
      const wires = signals.map((_, i) => circuit.names.get(i + 1)?.find((label) => label.split(".").length === 2))
      deepEqual(
        wires,
        signals.map((signal) => `main.${signal}`),
      )
      equal(circuit.r1cs.publicCount, signals.length)
    })

    it("takes an honest witness", () => {
      ok(isSatisfied(circuit.r1cs, witness))
    })

    it("catches a change of any wire, every private signal among them", () => {
      const free = freeWires(circuit, witness)
      deepEqual(
        free.filter((label) => !/\.inv\b/.test(label)),
        [],
      )
    })

    it("has a wire for every signal of its input", () => {
      const known = new Set([...circuit.names].flatMap(([wire, labels]) => (wire > 0 ? labels : [])))
      // The first slot of a fold is always active: a constant, no wire
      const missing = [...flatten(input).keys()].filter((label) => !known.has(`main.${label}`))
      deepEqual(missing, name === "fold" ? ["active[0]"] : [])
    })
  })

describe("a fold's sample", () => {
  it("holds by the oracle", () => {
    ok(foldHolds(fold.input))
  })
})
