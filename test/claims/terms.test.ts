import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { boundInput, CLAIMS_ABI, EMPTY_ACCUMULATION, METRIC_NAMES, METRICS, quotientOf } from "@wattest/protocol"
import { createLedgers, type Ledgers, OPTIONS, PERIOD, proveBound, SECOND } from "@wattest/testkit/claims/fixture"
import { FILTERS, proveSegment, termsOf } from "@wattest/testkit/claims/world"
import { network } from "hardhat"
import { getAddress, parseAbi, toFunctionSignature, zeroAddress } from "viem"
import claimsModule from "../../ignition/modules/claims.ts"
import { releaseCurve } from "../../scripts/keys/export.ts"

const PLACE = getAddress(`0x${"17".repeat(20)}`)

const compiled = (name: string) => JSON.parse(readFileSync(`artifacts/contracts/${name}.sol/${name}.json`, "utf8")).abi

describe("the terms of a claim", function () {
  this.timeout(120_000)
  let world: Ledgers

  before(async () => {
    world = await createLedgers()
  })

  after(releaseCurve)

  const terms = (changes: object) => ({ ...termsOf(world.vouchers, PERIOD, "energy-per-work"), ...changes })
  const filters = (changes: object) => ({ filters: { ...terms({}).filters, ...changes } })

  it("need a voucher, and ledgers in strictly ascending order that exist", async () => {
    const { claims, viem, stranger } = world
    const [first, second] = terms({}).vouchers
    assert.ok(first && second)
    const refused = [
      [[], "VoucherMissing"],
      [[second, first], "LedgersUnordered"],
      [[first, first], "LedgersUnordered"],
      [[stranger.account.address], "UnknownLedger"],
      [[zeroAddress], "UnknownLedger"],
    ] as const
    for (const [vouchers, error] of refused)
      await viem.assertions.revertWithCustomError(claims.write.open([terms({ vouchers })]), claims, error)
  })

  it("need a period that is not empty and has ended", async () => {
    const { claims, viem, networkHelpers } = world
    const now = BigInt(await networkHelpers.time.latest()) + 100n
    const refused = [
      [{ from: 5n, to: 5n }, "PeriodEmpty"],
      [{ from: 6n, to: 5n }, "PeriodEmpty"],
      [{ from: 5n, to: now + 1n }, "PeriodNotEnded"],
    ] as const
    for (const [period, error] of refused) {
      await networkHelpers.time.setNextBlockTimestamp(now)
      await viem.assertions.revertWithCustomError(claims.write.open([terms(period)]), claims, error)
    }
    await networkHelpers.time.setNextBlockTimestamp(now + 10n)
    await claims.write.open([terms({ from: 5n, to: now + 10n })])
  })

  it("need a boundary, grades that exist and, for work, a unit", async () => {
    const { claims, viem } = world
    const refused = [
      [filters({ boundary: 0 }), "BoundaryOutOfRange"],
      [filters({ boundary: 5 }), "BoundaryOutOfRange"],
      [filters({ energyGrade: 6 }), "GradeOutOfRange"],
      [filters({ workGrade: 6 }), "GradeOutOfRange"],
      [filters({ unit: "" }), "UnitMissing"],
    ] as const
    for (const [changes, error] of refused)
      await viem.assertions.revertWithCustomError(claims.write.open([terms(changes)]), claims, error)
    await claims.write.open([terms(filters({ energyGrade: 5, workGrade: 5, boundary: 4 }))])
  })

  it("need a unit for exactly the metrics that count work", async () => {
    const { claims, viem, vouchers } = world
    for (const name of METRIC_NAMES) {
      const open = claims.write.open([termsOf(vouchers, PERIOD, name, { ...FILTERS, unit: "" })])
      if (METRICS[name].countsWork) await viem.assertions.revertWithCustomError(open, claims, "UnitMissing")
      else await open
    }
  })

  it("give each metric the registers and the scale of the protocol", async () => {
    const { claims, vouchers, operatorAddress } = world
    const { segment, call } = await proveSegment({ head: 0n, accumulation: EMPTY_ACCUMULATION }, SECOND, OPTIONS)
    const sides = { numerator: segment.to, denominator: segment.to }
    for (const name of METRIC_NAMES.filter((metric) => !METRICS[metric].isShare)) {
      const { dividend, divisor } = quotientOf(boundInput(sides, METRICS[name], 0n, 0n))
      const [lo, hi] = [dividend / divisor, (dividend + divisor - 1n) / divisor]
      const number = await claims.read.claimCount([operatorAddress])
      await claims.write.open([termsOf([vouchers[1]], PERIOD, name)])
      await claims.write.extend([number, 0n, [call]])
      await claims.write.close([number, lo, hi, await proveBound(sides, name, [lo, hi])])
    }
  })
})

describe("the claims contract", () => {
  it("has the interface that off-chain code knows", () => {
    const kinds = ["function", "event", "error"]
    const signature = (item: { type: string }) => `${item.type} ${toFunctionSignature(item as never)}`
    const known = new Set(parseAbi(CLAIMS_ABI).map(signature))
    const deployed = new Set(
      compiled("IClaimRegistry")
        .filter(({ type }: { type: string }) => kinds.includes(type))
        .map(signature),
    )
    assert.deepEqual([...known].sort(), [...deployed].sort())
    const own = new Set(compiled("ClaimRegistry").map(({ name }: { name?: string }) => name))
    for (const { name } of parseAbi(CLAIMS_ABI)) assert.ok(own.has(name), name)
  })

  it("is deployed by its module over a registry of anchors", async () => {
    const { ignition, viem } = await network.create()
    const { fold, claims } = await ignition.deploy(claimsModule, { parameters: { Claims: { anchorRegistry: PLACE } } })
    const deployed = await viem.getContractAt("ClaimRegistry", claims.address)
    assert.deepEqual([await deployed.read.registry(), await deployed.read.foldVerifier()], [PLACE, fold.address])
  })

  it("refuses development keys on every chain that is not local", async () => {
    for (const chainId of [1, 137, 80002]) {
      const { viem } = await network.create({ override: { chainId } })
      const fold = await viem.deployContract("FoldVerifier")
      const bound = await viem.deployContract("BoundVerifier")
      const deployment = viem.deployContract("ClaimRegistry", [fold.address, fold.address, bound.address])
      await assert.rejects(deployment, /DevelopmentKeysRefused/)
    }
  })
})
