import { deepEqual, equal, ok } from "node:assert/strict"
import {
  BOUND_SIGNALS,
  boundInput,
  EMPTY_ACCUMULATION,
  FOLD_SIGNALS,
  foldHolds,
  foldSegment,
  JOIN_PARTS,
  joinTotals,
  METRICS,
  OPEN_SIGNALS,
  openRun,
} from "@wattest/protocol"
import { type Assignment, type Circuit, flatten, mainCircuit } from "./circuit.ts"
import { freeWires, isSatisfied } from "./constraints.ts"
import { ASKED, anyAccumulation, anySlot, createRandom, matchingOpening, START } from "./samples.ts"

const random = createRandom("mains")
const blindTo = random.element()

const fold = foldSegment(START, [...Array.from({ length: 50 }, () => anySlot(random)), { root: 0n }], {
  asked: ASKED,
  blindTo,
})
const open = openRun(matchingOpening(random), { asked: ASKED, from: EMPTY_ACCUMULATION, blindTo })
const sides = { numerator: open.to, denominator: open.to }
const bound = boundInput(sides, {
  measure: METRICS["energy-per-work"],
  isStrict: true,
  bounds: { lo: 0n, hi: 2n ** 80n - 1n },
})
const join = joinTotals([open.to, anyAccumulation(random)], blindTo)

const JOIN_SIGNALS = [...Array.from({ length: JOIN_PARTS }, (_, i) => `parts[${i}]`), "sum"]

/** Exact counts: a change is a new circuit, with new keys, and must be meant. */
const CASES: readonly { name: string; constraints: number; signals: readonly string[]; input: Assignment }[] = [
  { name: "fold", constraints: 129_984, signals: FOLD_SIGNALS, input: fold.input },
  { name: "open", constraints: 4_051, signals: OPEN_SIGNALS, input: open.input },
  { name: "join", constraints: 5_967, signals: JOIN_SIGNALS, input: join.input },
  { name: "bound", constraints: 5_045, signals: BOUND_SIGNALS, input: bound },
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
      const missing = [...flatten(input).keys()].filter((label) => !known.has(`main.${label}`))
      // What a sum of others leaves has no wire: the optimiser puts the sum in its place
      deepEqual(
        missing.filter((label) => !(name === "fold" && /^(?:active|opened)\[|^flags\[\d+\]\[0\]$/.test(label))),
        [],
      )
    })
  })

describe("a fold's sample", () => {
  it("holds by the oracle", () => {
    ok(foldHolds(fold.input))
  })
})
