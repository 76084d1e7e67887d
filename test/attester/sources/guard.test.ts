import assert from "node:assert/strict"
import { guard } from "../../../attester/src/sources/guard.ts"
import type { Source } from "../../../attester/src/sources/source.ts"
import { readOnce, rejectsWith } from "./bench.ts"

/** A source whose reads do what the test says. */
const sourceOf = (read: Source["read"]): Source => ({ id: "s", periodMs: 1000, read, close: async () => {} })
const never = () => new Promise<never>(() => {})

describe("the limits of a read", () => {
  it("ends a read that never returns, tells the source, and refuses the next until it does", async () => {
    let release = () => {}
    let told = false
    const source = guard(
      sourceOf((signal) => {
        signal.addEventListener("abort", () => {
          told = true
        })
        return new Promise((resolve) => {
          release = () => resolve([])
        })
      }),
      20,
    )
    await rejectsWith("timeout", readOnce(source), /within 20 ms/)
    assert.equal(told, true)
    await rejectsWith("timeout", readOnce(source), /not returned yet/)
    release()
    await new Promise((resolve) => setImmediate(resolve))
    await rejectsWith("timeout", readOnce(source), /within 20 ms/)
  })

  it("ends at once when the caller gives up, before or during the read", async () => {
    await rejectsWith("timeout", guard(sourceOf(never), 60_000).read(AbortSignal.abort()))
    const stop = new AbortController()
    const reading = guard(sourceOf(never), 60_000).read(stop.signal)
    stop.abort()
    await rejectsWith("timeout", reading)
  })

  it("makes a fault of whatever is thrown, and reads again afterwards", async () => {
    const thrown: [unknown, "missing" | "denied" | "timeout" | "failed"][] = [
      [Object.assign(new Error("x"), { code: "ENOENT" }), "missing"],
      [Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "missing"],
      [Object.assign(new Error("x"), { code: "EACCES" }), "denied"],
      [new DOMException("x", "AbortError"), "timeout"],
      [new Error("x"), "failed"],
      ["x", "failed"],
    ]
    for (const [error, fault] of thrown) {
      const source = guard(
        sourceOf(() => Promise.reject(error)),
        60_000,
      )
      await rejectsWith(fault, readOnce(source))
      await rejectsWith(fault, readOnce(source))
    }
  })

  it("passes values on", async () => {
    assert.deepEqual(
      await readOnce(
        guard(
          sourceOf(async () => []),
          1000,
        ),
      ),
      [],
    )
  })
})
