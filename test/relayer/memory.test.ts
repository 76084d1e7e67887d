import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { promisify } from "node:util"

const MAIN = new URL("../../relayer/src/main.ts", import.meta.url).href
const LOAD = new URL("../../testkit/src/relayer/heap-load.ts", import.meta.url).href

/** V8's bounds, which it takes from the machine's memory otherwise. */
const BOUNDS = ["--max-semi-space-size=64", "--max-old-space-size=2048"]

/** How large the heap's spaces become under a load, in bytes, in a process that has loaded these modules in turn. */
async function spacesAfter(...modules: readonly string[]): Promise<{ readonly young: number; readonly old: number }> {
  const program = modules.map((url) => `await import(${JSON.stringify(url)})`).join(";")
  // A relayer that is given no chain refuses to serve, after it has set its heap.
  const ends = ";process.exitCode = 0"
  const args = [...BOUNDS, "--input-type=module", "-e", program + ends, "--", "wattest-relay", "serve"]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")
}

describe("the relayer's memory", () => {
  it("stays near what lives in it: its command takes far less room than Node by itself", async () => {
    const [relayer, bare] = [await spacesAfter(MAIN, LOAD), await spacesAfter(LOAD)]
    const sizes = JSON.stringify({ relayer, bare })
    assert.ok(2 * relayer.young < bare.young, sizes)
    assert.ok(1.5 * relayer.old < bare.old, sizes)
  })
})
