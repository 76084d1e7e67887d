import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { compileCircuit, sourcesOf } from "../../scripts/keys/compile.ts"
import { parseR1cs, type R1cs } from "../../scripts/keys/r1cs.ts"

/** Values of signals by name; nested arrays as the circuit declares them. */
export type Assignment = { readonly [signal: string]: Signal }
export type Signal = bigint | readonly Signal[]

type Calculator = { calculateWitness(input: Assignment, sanityCheck: boolean): Promise<bigint[]> }
type Builder = (code: Uint8Array, options?: { sanityCheck?: boolean }) => Promise<Calculator>

/** A compiled circuit, its witness calculator and its wires by name. */
export type Circuit = {
  readonly r1cs: R1cs
  /** Names of the signals that a wire stands for. */
  readonly names: ReadonlyMap<number, readonly string[]>
  /** The witness of an assignment; null if the circuit refuses it. */
  calculate(input: Assignment): Promise<bigint[] | null>
}

const BUILD = "build/circuits"
const SCRATCH = "build/circuits/test"

/** A circuit of circuits/main, as `npm run keys` compiled it. */
export const mainCircuit = (name: string): Promise<Circuit> => loadCircuit(BUILD, name)

/**
 * Compiles one template alone and keeps the outcome until a source of it changes.
 * @param call as in circom: `Fold(3)`
 * @param file in circuits/lib, without extension
 * @param inputs made public, so that the optimiser keeps them
 */
export async function templateCircuit(call: string, file: string, inputs: readonly string[]): Promise<Circuit> {
  const name = call.replace(/\W/g, "")
  const include = `include "../../../circuits/lib/${file}.circom";`
  const source = `pragma circom 2.2.0;\n${include}\ncomponent main {public [${inputs.join(", ")}]} = ${call};\n`
  const digest = createHash("sha256").update(source).update(readFileSync("package-lock.json"))
  for (const lib of sourcesOf(`circuits/lib/${file}.circom`)) digest.update(readFileSync(lib))
  const mark = join(SCRATCH, `${name}.digest`)
  const wanted = digest.digest("hex")
  if (!existsSync(mark) || readFileSync(mark, "utf8") !== wanted) {
    mkdirSync(SCRATCH, { recursive: true })
    writeFileSync(join(SCRATCH, `${name}.circom`), source)
    await compileCircuit(join(SCRATCH, `${name}.circom`), SCRATCH)
    writeFileSync(mark, wanted)
  }
  return loadCircuit(SCRATCH, name)
}

/** A circuit that lies compiled in a folder. */
export async function loadCircuit(folder: string, name: string): Promise<Circuit> {
  const at = (ending: string) => readFileSync(join(folder, `${name}.${ending}`))
  const build: Builder = createRequire(import.meta.url)(join(process.cwd(), folder, "witness_calculator.cjs"))
  const calculator = await build(at("wasm"))
  return {
    r1cs: parseR1cs(at("r1cs")),
    names: parseSymbols(at("sym").toString()),
    calculate: (input) => calculate(calculator, input),
  }
}

// The calculator says on the console which line refused; the tests ask only whether one did.
async function calculate(calculator: Calculator, input: Assignment): Promise<bigint[] | null> {
  const { error } = console
  console.error = () => {}
  try {
    return await calculator.calculateWitness(input, true)
  } catch (refusal) {
    if (/Assert Failed|Error in template/.test(String(refusal))) return null
    throw refusal
  } finally {
    console.error = error
  }
}

// One line a signal: label, wire (−1: eliminated), component, name.
function parseSymbols(text: string): Map<number, string[]> {
  const names = new Map<number, string[]>()
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [, wire, , name = ""] = line.split(",")
    const known = names.get(Number(wire))
    if (known === undefined) names.set(Number(wire), [name])
    else known.push(name)
  }
  return names
}

/** Every name in an assignment with its place, flattened: `registers[0][3]`. */
export function flatten(input: Assignment): Map<string, bigint> {
  const flat = new Map<string, bigint>()
  const walk = (name: string, value: Signal) => {
    if (typeof value === "bigint") flat.set(name, value)
    else for (const [i, item] of value.entries()) walk(`${name}[${i}]`, item)
  }
  for (const [name, value] of Object.entries(input)) walk(name, value)
  return flat
}

/** The assignment with one value replaced, by its flattened name. */
export function replace<T extends Assignment>(input: T, name: string, value: bigint): T {
  const [signal = "", ...indices] = name.split(/[[\]]+/).filter((part) => part !== "")
  const put = (old: Signal | undefined, [index, ...rest]: string[]): Signal =>
    index === undefined
      ? value
      : Array.isArray(old)
        ? old.map((item, i) => (i === Number(index) ? put(item, rest) : item))
        : value
  return { ...input, [signal]: put(input[signal], indices) }
}
