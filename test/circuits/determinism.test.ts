import { deepEqual, ok } from "node:assert/strict"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { BOUND_SIGNALS, FOLD_SIGNALS, OPEN_SIGNALS } from "@wattest/protocol"
import { compileCircuit } from "../../scripts/keys/compile.ts"
import { type Circuit, loadCircuit, templateCircuit } from "./circuit.ts"
import { determine } from "./determinism.ts"

const SCRATCH = "build/circuits/determinism"

/** Wires of the main component's own inputs: signals with no component's name before them. */
function inputsOf({ names }: Circuit, inputs: readonly string[]): number[] {
  const isInput = (label: string) => inputs.includes(/^main\.(\w+)(?:\[\d+\])*$/.exec(label)?.[1] ?? "")
  return [...names].flatMap(([wire, labels]) => (wire > 0 && labels.some(isInput) ? [wire] : []))
}

const RUN = ["registers", "times", "marks", "flags", "tags", "rest"]
const SECRETS = ["askedTags", "pairs", "blindFrom", "blindTo"]

const CASES = [
  {
    ...{ call: "Fold(2)", file: "fold", signals: FOLD_SIGNALS },
    secrets: [...RUN, ...SECRETS, "active", "opened", "root"],
  },
  { call: "Open()", file: "open", signals: OPEN_SIGNALS, secrets: [...RUN, ...SECRETS] },
  { call: "Join(3)", file: "join", signals: ["parts", "sum"], secrets: ["pairs", "blinds", "blindSum"] },
  {
    ...{ call: "Bound()", file: "bound", signals: BOUND_SIGNALS },
    secrets: ["numerators", "blindNumerator", "denominators", "blindDenominator"],
  },
]

describe("the constraints, by propagation from the inputs", function () {
  this.timeout(240_000)
  after(() => rmSync(SCRATCH, { recursive: true, force: true }))

  for (const { call, file, signals, secrets } of CASES)
    it(`leave every wire of ${call} one value`, async () => {
      const circuit = await templateCircuit(call, file, signals)
      const { open, inverses } = determine(circuit.r1cs, inputsOf(circuit, [...signals, ...secrets]))
      const labels = (wires: readonly number[]) => wires.map((wire) => circuit.names.get(wire)?.join(" = "))
      deepEqual(labels(open), [])
      deepEqual(
        labels(inverses).filter((label) => !/\.inv\b/.test(label ?? "")),
        [],
      )
    })

  const LOOSE: readonly { readonly title: string; readonly body: string; readonly open: readonly string[] }[] = [
    { title: "a square root", body: "signal root <-- a; root * root === a;", open: ["root"] },
    {
      title: "digits of which one has twice the weight that it should",
      body: `signal bits[3]; for (var i = 0; i < 3; i++) { bits[i] <-- a; bits[i] * (1 - bits[i]) === 0; }
        signal word <== a * a; bits[0] + 2 * bits[1] + 2 * bits[2] === word;`,
      open: ["bits"],
    },
    {
      title: "digits that are not held to be 0 or 1",
      body: "signal bits[2]; bits[0] <-- a; bits[1] <-- a; signal word <== a * a; bits[0] + 2 * bits[1] === word;",
      open: ["bits"],
    },
    {
      title: "a test for zero without its second half",
      body: "signal inv <-- a; signal zero <-- a; a * inv === 1 - zero;",
      open: ["inv", "zero"],
    },
  ]

  for (const [i, { title, body, open: expected }] of LOOSE.entries())
    it(`would show ${title}`, async () => {
      mkdirSync(SCRATCH, { recursive: true })
      const path = `${SCRATCH}/loose${i}.circom`
      writeFileSync(
        path,
        `pragma circom 2.2.0;\ntemplate T() { signal input a; ${body} }\ncomponent main {public [a]} = T();\n`,
      )
      await compileCircuit(path, SCRATCH)
      const circuit = await loadCircuit(SCRATCH, `loose${i}`)
      const { open } = determine(circuit.r1cs, inputsOf(circuit, ["a"]))
      ok(open.length > 0)
      for (const wire of open)
        ok(expected.some((name) => circuit.names.get(wire)?.some((label) => label.includes(name))))
    })
})
