import assert from "node:assert/strict"
import type { LocalChain } from "@wattest/testkit/local/chain"
import { GETH_HINT, hasGeth, startGeth } from "@wattest/testkit/local/geth"
import { skip } from "@wattest/testkit/skip"
import { fleetOptions } from "../../scripts/bench/fleet/options.ts"

type Block = { readonly number: string; readonly timestamp: string }

describe("the chain of the fleet's benchmark", function () {
  this.timeout(120_000)

  it("is asked for by options that are refused where they name nothing", () => {
    assert.deepEqual(fleetOptions([]), { devices: 10_000, days: 3, isGeth: false })
    assert.deepEqual(fleetOptions(["--devices", "7", "--days", "1"]), { devices: 7, days: 1, isGeth: false })
    for (const wrong of ["--devices=0", "--devices=1000000", "--days=4", "--chain=besu"])
      assert.throws(() => fleetOptions([wrong]), { name: "UsageError" }, wrong)
  })

  it("makes blocks on geth, skips a day, and finalizes what lies two behind", async function () {
    if (!hasGeth()) return skip(this, GETH_HINT, "elsewhere")
    const startTime = Math.floor(Date.now() / 1000) - 4 * 86_400
    const chain: LocalChain = await startGeth({ gasLimit: 1_000_000_000, startTime })
    const blockOf = async (tag: string) => {
      const { number, timestamp } = (await chain.rpc("eth_getBlockByNumber", tag, false)) as Block
      return { number: Number(number), time: Number(timestamp) }
    }
    try {
      await chain.mine(3)
      const before = await blockOf("latest")
      assert.equal(before.number, 3)
      assert.equal((await blockOf("finalized")).number, 1)
      await chain.pass(86_400)
      await chain.mine(1)
      const after = await blockOf("latest")
      assert.equal((await blockOf("finalized")).number, 2)
      // Blocks that are made at once are a second apart, and so ahead of the clock for a while.
      const skipped = after.time - before.time
      assert.ok(skipped > 86_300 && skipped < 86_500, `${skipped} s`)
      assert.ok(after.time < Date.now() / 1000 - 2 * 86_400)
    } finally {
      await chain.stop()
    }
  })
})
