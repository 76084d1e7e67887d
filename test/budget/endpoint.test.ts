import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { UsageError } from "@wattest/command"
import { endpointAt } from "../../budget/src/benchmark/endpoint.ts"

describe("the endpoint that a device's file tells of", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-endpoint-"))
  after(() => rmSync(folder, { recursive: true }))
  const told = (text: string) => {
    const path = join(folder, "endpoint.json")
    writeFileSync(path, text)
    return endpointAt(path)
  }

  it("is read of 64 KiB, and of no byte more", () => {
    const access = { url: "http://127.0.0.1:9", token: "t".repeat(32) }
    const whole = JSON.stringify(access).padEnd(64 * 1024)
    assert.deepEqual(told(whole), access)
    for (const wrong of [`${whole} `, "{}", ""])
      assert.throws(
        () => told(wrong),
        (error) => error instanceof UsageError && /no local endpoint/.test(error.message),
      )
  })
})
