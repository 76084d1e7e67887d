import { readFile } from "node:fs/promises"
import { groth16, wtns } from "snarkjs"
import { type Circuit, keyFile } from "./key-folder.ts"
import type { Answer, Task } from "./prover-pool.ts"
import { proveWithRapidsnark } from "./rapidsnark.ts"

// A process of its own, forked by the pool: snarkjs does not work in worker threads. It lives as long as the pool,
// so each circuit's calculator and proving key are read once.

const [folder = "", mode = "", rapidsnark = ""] = process.argv.slice(2)
const options = { singleThread: mode === "single" }
const loaded = new Map<Circuit, Promise<readonly [Uint8Array, Uint8Array]>>()

function filesOf(circuit: Circuit): Promise<readonly [Uint8Array, Uint8Array]> {
  const known = loaded.get(circuit)
  if (known) return known
  const reading = Promise.all([readFile(keyFile(folder, circuit, "wasm")), readFile(keyFile(folder, circuit, "zkey"))])
  loaded.set(circuit, reading)
  return reading
}

async function prove({ circuit, input }: Task) {
  const [wasm, zkey] = await filesOf(circuit)
  const witness: { type: "mem"; data?: Uint8Array } = { type: "mem" }
  await wtns.calculate(input, wasm, witness)
  if (rapidsnark !== "" && witness.data !== undefined)
    return proveWithRapidsnark(rapidsnark, keyFile(folder, circuit, "zkey"), witness.data)
  return (await groth16.prove(zkey, witness, undefined, options)).proof
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
