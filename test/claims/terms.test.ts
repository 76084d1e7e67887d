import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { CLAIMS_ABI, METRIC_NAMES } from "@wattest/protocol"
import { createLedgers, type Ledgers } from "@wattest/testkit/claims/fixture"
import { AS_OF, PERIOD, termsOf } from "@wattest/testkit/claims/world"
import { network } from "hardhat"
import { parseAbi, toFunctionSignature } from "viem"
import { releaseCurve } from "../../scripts/keys/export.ts"

const compiled = (name: string) => JSON.parse(readFileSync(`artifacts/contracts/${name}.sol/${name}.json`, "utf8")).abi

describe("terms of a tally", function () {
  this.timeout(120_000)
  let world: Ledgers

  before(async () => {
    world = await createLedgers()
  })

  after(releaseCurve)

  it("are refused where they say nothing, too much, or what is not", async () => {
    const { claims, viem, vouchers, stranger } = world
    const honest = termsOf(vouchers)
    const [voucher] = honest.vouchers
    const filters = (changes: object) => ({ filters: { ...honest.filters, ...changes } })
    const conditions = (changes: object) => ({ conditions: { ...honest.conditions, ...changes } })
    const refused = [
      [{ vouchers: [] }, "LedgerCountOutOfRange"],
      [{ vouchers: Array.from({ length: 65 }, () => voucher) }, "LedgerCountOutOfRange"],
      [{ vouchers: Array.from({ length: 64 }, () => voucher) }, "LedgersUnordered"],
      [{ vouchers: honest.vouchers.toReversed() }, "LedgersUnordered"],
      [{ vouchers: [voucher, voucher] }, "LedgersUnordered"],
      [{ vouchers: [stranger.account.address] }, "UnknownLedger"],
      [{ from: PERIOD[1] }, "PeriodEmpty"],
      [{ from: PERIOD[1] + 1n }, "PeriodEmpty"],
      [{ asOf: PERIOD[1] }, "AsOfOutOfRange"],
      [{ asOf: 2n ** 40n }, "AsOfOutOfRange"],
      [filters({ boundary: 0 }), "BoundaryOutOfRange"],
      [filters({ boundary: 5 }), "BoundaryOutOfRange"],
      [filters({ model: "x".repeat(257) }), "TextTooLong"],
      [filters({ party: `${"é".repeat(128)}x`, asked: 0b11111 }), "TextTooLong"],
      [filters({ site: "hall" }), "TextNotAsked"],
      [filters({ asked: 0b100011 }), "TextNotAsked"],
      [conditions({ energyGrade: 6 }), "ConditionOutOfRange"],
      [conditions({ workGrade: 6 }), "ConditionOutOfRange"],
      [conditions({ origin: 2 }), "ConditionOutOfRange"],
    ] as const
    for (const [changes, error] of refused) {
      const terms = { ...honest, ...changes } as typeof honest
      await viem.assertions.revertWithCustomError(claims.write.open([terms]), claims, error)
    }
  })

  it("are taken at their limits", async () => {
    const { claims, vouchers } = world
    const honest = termsOf(vouchers, { asOf: AS_OF + 1n })
    const texts = { model: "x".repeat(256), unit: "", zone: "", site: "", party: "é".repeat(128), asked: 0b11111 }
    for (const boundary of [1, 4])
      await claims.write.open([
        {
          ...honest,
          filters: { ...texts, boundary },
          conditions: { energyGrade: 5, workGrade: 5, origin: 1, required: 65535 },
        },
      ])
  })

  it("are fixed as of the block's own time at the latest", async () => {
    const { claims, viem, vouchers, client, networkHelpers } = world
    const time = (await client.getBlock()).timestamp + 100n
    await networkHelpers.time.setNextBlockTimestamp(time)
    const early = claims.write.open([termsOf(vouchers, { asOf: time + 1n })])
    await viem.assertions.revertWithCustomErrorWithArgs(early, claims, "AsOfOutOfRange", [PERIOD[1], time + 1n, time])
    await networkHelpers.time.setNextBlockTimestamp(time + 1n)
    await claims.write.open([termsOf(vouchers, { asOf: time + 1n })])
  })

  it("are of the sender's ledgers alone", async () => {
    const { claims, viem, vouchers, stranger } = world
    const attempt = claims.write.open([termsOf(vouchers)], { account: stranger.account })
    await viem.assertions.revertWithCustomError(attempt, claims, "UnknownLedger")
  })
})

describe("the claims contract", function () {
  this.timeout(300_000)

  it("has the interface that off-chain code knows", () => {
    const kinds = ["function", "event", "error"]
    const signature = (item: { type: string }) => `${item.type} ${toFunctionSignature(item as never)}`
    const known = new Set(parseAbi(CLAIMS_ABI).map(signature))
    const own = compiled("IClaimRegistry").filter(({ type }: { type: string }) => kinds.includes(type))
    assert.deepEqual([...known].sort(), [...new Set(own.map(signature))].sort())
    const deployed = new Set(compiled("ClaimRegistry").map(({ name }: { name?: string }) => name))
    for (const { name } of parseAbi(CLAIMS_ABI)) assert.ok(deployed.has(name), name)
  })

  it("numbers its metrics as the protocol does", () => {
    const source = readFileSync("contracts/IClaimRegistry.sol", "utf8")
    const members = /enum Metric \{([^}]*)\}/.exec(source)?.[1] ?? ""
    const names = [...members.matchAll(/^\s*([A-Z]\w*)/gm)].map(([, name = ""]) =>
      name.replace(/[A-Z]/g, (letter, i) => `${i === 0 ? "" : "-"}${letter.toLowerCase()}`),
    )
    assert.deepEqual(names, METRIC_NAMES)
  })

  it("fits in a contract", () => {
    const { deployedBytecode } = JSON.parse(
      readFileSync("artifacts/contracts/ClaimRegistry.sol/ClaimRegistry.json", "utf8"),
    )
    assert.ok((deployedBytecode.length - 2) / 2 <= 24_576)
  })

  it("refuses addresses without code", async () => {
    const { viem } = await network.create()
    const poseidon = await viem.deployContract("PoseidonT3")
    const nobody = `0x${"12".repeat(20)}` as const
    for (const parts of [
      [nobody, poseidon.address],
      [poseidon.address, nobody],
    ] as const)
      await assert.rejects(viem.deployContract("ClaimRegistry", [...parts]), /CodeMissing/)
  })

  it("refuses development keys on every chain that is not local", async () => {
    for (const chainId of [1, 137, 80002]) {
      const { viem } = await network.create({ override: { chainId } })
      const poseidon = await viem.deployContract("PoseidonT3")
      const deployment = viem.deployContract("ClaimRegistry", [poseidon.address, poseidon.address])
      await assert.rejects(deployment, /DevelopmentKeysRefused/)
    }
    const { viem } = await network.create({ override: { chainId: 1337 } })
    const poseidon = await viem.deployContract("PoseidonT3")
    await viem.deployContract("ClaimRegistry", [poseidon.address, poseidon.address])
  })
})
