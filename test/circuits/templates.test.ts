import { deepEqual, equal, ok } from "node:assert/strict"
import { globSync } from "node:fs"
import { type Circuit, flatten, templateCircuit } from "./circuit.ts"
import { freeWires, isSatisfied } from "./constraints.ts"
import { TEMPLATES, type TemplateCase } from "./template-cases.ts"

const MAINS = ["fold", "open", "bound"]

/** The outputs of a template compiled alone: wires 1 and up, in order of declaration. */
function outputsOf({ names }: Circuit, witness: readonly bigint[], wanted: Iterable<string>): Map<string, bigint> {
  const wires = new Map([...names].flatMap(([wire, labels]) => labels.map((label) => [label, wire] as const)))
  return new Map([...wanted].map((name) => [name, witness[wires.get(`main.${name}`) ?? -1] ?? -1n]))
}

function describeTemplate({ call, file, constraints, valid, invalid }: TemplateCase) {
  describe(`template ${call}`, function () {
    this.timeout(120_000)
    const inputs = Object.keys(valid[0]?.input ?? {})
    let circuit: Circuit

    before(async () => {
      circuit = await templateCircuit(call, file, inputs)
    })

    it(`has ${constraints} constraints`, () => {
      equal(circuit.r1cs.constraints.length, constraints)
    })

    for (const { title, input, outputs } of valid)
      it(`takes ${title}, and given the inputs every wire is determined`, async () => {
        const witness = await circuit.calculate(input)
        ok(witness !== null, "refused")
        ok(isSatisfied(circuit.r1cs, witness))
        const expected = flatten(outputs)
        deepEqual(outputsOf(circuit, witness, expected.keys()), expected)
        const inputWires = inputs.map((name) => `main.${name}`)
        const isInput = (label: string) => inputWires.includes(label.replace(/\[.*/, ""))
        const free = freeWires(circuit, witness).filter((label) => !isInput(label))
        deepEqual(
          free.filter((label) => !/\.inv\b/.test(label)),
          [],
        )
      })

    for (const { title, input } of invalid)
      it(`refuses ${title}`, async () => {
        equal(await circuit.calculate(input), null)
      })
  })
}

for (const template of TEMPLATES) describeTemplate(template)

describe("the templates", () => {
  it("each have a test", () => {
    const tested = [...TEMPLATES.map(({ file }) => file), ...MAINS].sort()
    const files = globSync("**/*.circom", { cwd: "circuits/lib" })
    deepEqual(files.map((name) => name.replace(".circom", "")).sort(), tested)
  })
})
