import assert from "node:assert/strict"
import type { Context } from "@wattest/command"
import { freePort } from "@wattest/testkit/local/processes"
import { proving } from "../../prover/src/cli/proving.ts"

const OPTIONS = { keys: "build/circuits", processes: 1 }

describe("who proves what a command asks for", () => {
  const asked = async (more: object) => {
    const context = { terminal: {} } as Pick<Context, "terminal">
    return proving({ ...OPTIONS, ...more }, context, async () => "begun")
  }

  it("is this machine where no database is named, and never where one is that does not answer", async () => {
    assert.equal(await asked({}), "begun")
    const database = `postgres://wattest@127.0.0.1:${await freePort()}/x`
    await assert.rejects(asked({ database }), { code: "SOURCE_UNREACHABLE" })
  })

  it("is no worker without a database in which it would wait", () =>
    assert.rejects(asked({ worker: ["age1x"] }), { message: "--worker without --database" }))
})
