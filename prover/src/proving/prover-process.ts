/// <reference path="../circom-runtime.d.ts" />
import { readFile } from "node:fs/promises"
import { WitnessCalculatorBuilder } from "circom_runtime"
import { createGroth16Prover, createProvingCurve } from "./groth16-prover.ts"
import { type Circuit, keyFile } from "./key-folder.ts"
import type { Answer, Task } from "./prover-pool.ts"
import { isLibrary, proveWithRapidsnark } from "./rapidsnark.ts"
import { loadRapidsnark } from "./rapidsnark-library.ts"
import type { WitnessProver } from "./witness-prover.ts"

// A process of its own, forked by the pool: snarkjs does not work in worker threads. It lives as long as the pool, so the
// curve is built once, and each circuit's calculator and proving key are read once.

const [folder = "", mode = "", rapidsnark = ""] = process.argv.slice(2)

type Loaded = { readonly calculate: (input: Task["input"]) => Promise<Uint8Array>; readonly prove: WitnessProver }
const loaded = new Map<Circuit, Promise<Loaded>>()

/** What makes of a proving key's file a prover that keeps it. */
type Backend = (zkeyFile: string) => Promise<WitnessProver>

async function chooseBackend(): Promise<Backend> {
  if (rapidsnark !== "" && !isLibrary(rapidsnark))
    return async (zkey) => (witness) => proveWithRapidsnark(rapidsnark, zkey, witness)
  if (rapidsnark !== "") {
    const proverOf = await loadRapidsnark(rapidsnark)
    return async (zkey) => proverOf(await readFile(zkey))
  }
  const curve = await createProvingCurve(mode === "single")
  return async (zkey) => createGroth16Prover(curve, await readFile(zkey))
}
const backend = chooseBackend()
// A library that cannot be loaded is told with the first proof that is asked for.
backend.catch(() => {})

async function load(circuit: Circuit): Promise<Loaded> {
  const calculator = await WitnessCalculatorBuilder(await readFile(keyFile(folder, circuit, "wasm")))
  const proverOf = await backend
  return {
    calculate: (input) => calculator.calculateWTNSBin(input),
    prove: await proverOf(keyFile(folder, circuit, "zkey")),
  }
}

function keysOf(circuit: Circuit): Promise<Loaded> {
  const known = loaded.get(circuit)
  if (known) return known
  const reading = load(circuit)
  loaded.set(circuit, reading)
  return reading
}

async function prove({ circuit, input }: Task) {
  const { calculate, prove: proveWitness } = await keysOf(circuit)
  const data = await calculate(input).catch((error: unknown) => {
    // A calculator that threw stopped in the middle of its memory.
    loaded.delete(circuit)
    throw error
  })
  return proveWitness(data)
}

process.on("message", async (task: Task) => {
  let answer: Answer
  try {
    answer = { id: task.id, proof: await prove(task) }
  } catch (error) {
    answer = { id: task.id, error: (error as Error).message }
  }
  process.send?.({ ...answer, peakBytes: process.resourceUsage().maxRSS * 1024 })
})
// The pool is gone: nobody waits for a proof any more.
process.on("disconnect", () => process.exit(0))
