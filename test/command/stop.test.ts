import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"

const PROGRAM = `
  import { aborted, untilStopped } from "@wattest/command"
  const stop = untilStopped()
  const alive = setInterval(() => undefined, 1000)
  console.log("waiting")
  await aborted(stop)
  await aborted(stop)
  clearInterval(alive)
  if (process.argv[1] === "slow") await new Promise((resolve) => setTimeout(resolve, 60_000))
  console.log("put away")`

/** A process that waits to be told to end. */
async function waiting(...args: readonly string[]) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const lines: string[] = []
  child.stdout.on("data", (data: Buffer) => lines.push(data.toString()))
  const ended = once(child, "exit")
  await once(child.stdout, "data")
  return { child, ended, said: () => lines.join("") }
}

describe("told to end", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    it(`by ${signal}: what is open is put away first`, async () => {
      const { child, ended, said } = await waiting()
      child.kill(signal)
      assert.deepEqual(await ended, [0, null])
      assert.match(said(), /put away/)
    })

  it("twice: at once", async () => {
    const { child, ended, said } = await waiting("slow")
    child.kill("SIGTERM")
    const again = setInterval(() => child.kill("SIGTERM"), 200)
    assert.deepEqual(await ended, [null, "SIGTERM"])
    clearInterval(again)
    assert.doesNotMatch(said(), /put away/)
  })
})
