import assert from "node:assert/strict"
import { boundaryNumber, type Hex, toHex } from "@wattest/protocol"
import { bytesOf } from "@wattest/testkit/conformance/keys"
import { slotsOf, wordOf } from "@wattest/testkit/conformance/slots"
import type { Walk } from "../../../verifier/src/claims/proof/chains.ts"
import { coverageOf } from "../../../verifier/src/claims/sight/coverage.ts"
import type { SightedLedger } from "../../../verifier/src/claims/sight/sight.ts"

const [ID, VOUCHER] = [toHex(bytesOf("ledger")), "0x4444444444444444444444444444444444444444"] as const
const NEVER = 2n ** 64n - 1n
const [FROM, TO] = [1000, 2000]

/** `last`: when the last of its two runs was anchored; `left`: runs that its retirement leaves to come. */
type Service = {
  readonly enrolled: number
  readonly retired?: number
  readonly last?: number
  readonly left?: bigint
  readonly since?: number
  readonly at?: "rack"
}

/** A ledger as storage of a block shows it, with these devices and so many more that were vouched for. */
function ledgerAt(block: bigint, services: readonly Service[], more = 0): SightedLedger {
  const slots = new Map<Hex, bigint>()
  const count = BigInt(services.length)
  slots.set(slotsOf.ledger(ID), wordOf([0n, 80], [count, 40], [count + BigInt(more), 40]))
  for (const [i, { enrolled, retired, last, left = 0n, since, at = "node" }] of services.entries()) {
    const device = toHex(bytesOf(`device ${i}`))
    const [, state, service] = slotsOf.device(device)
    const [place, anchored] = [BigInt(i), last === undefined ? 0n : 2n]
    const runs = retired === undefined ? 2n ** 40n - 1n : anchored + left
    const times = [BigInt(enrolled), BigInt(retired ?? 0)].map((time) => [time, 40] as const)
    slots.set(slotsOf.member(ID, place), BigInt(device))
    slots.set(state, wordOf([0n, 160], [anchored, 40], [place, 40]))
    slots.set(service, wordOf([runs, 40], ...times, [BigInt(boundaryNumber(at)), 8]))
    slots.set(slotsOf.checkpoint(ID, place)[1], wordOf([0n, 40], [BigInt(last ?? 0), 40]))
    slots.set(slotsOf.vouch(device, VOUCHER)[0], wordOf([0n, 160], [since === undefined ? NEVER : BigInt(since), 64]))
  }
  return { id: ID, voucher: VOUCHER, storage: { header: { number: block }, slots } } as unknown as SightedLedger
}

const walk = {
  scope: { filters: { boundary: "node" }, from: FROM, to: TO },
  closing: { meteredAtLeast: 0n, blindAtMost: 0n, brokenAtMost: 0n },
} as unknown as Walk

const counted = (...ledgers: readonly SightedLedger[]) => {
  const { devices, joined, retired, withdrawn, neverEnrolled, expectedMs } = coverageOf(walk, ledgers) ?? assert.fail()
  return { devices, joined, retired, withdrawn, neverEnrolled, expectedMs }
}
const one = (service: Service) => counted(ledgerAt(1n, [service]))

describe("what a ledger's storage says of a period", () => {
  it("counts who joined, retired or was withdrawn after its start and up to its end", () => {
    for (const [time, isWithin] of [
      [FROM, 0],
      [FROM + 1, 1],
      [TO, 1],
      [TO + 1, 0],
    ] as const) {
      assert.equal(one({ enrolled: 1, retired: time }).retired, isWithin, `${time}`)
      assert.equal(one({ enrolled: 1, since: time }).withdrawn, isWithin, `${time}`)
    }
    for (const [time, isWithin] of [
      [FROM, 0],
      [FROM + 1, 1],
      [TO - 1, 1],
    ] as const)
      assert.equal(one({ enrolled: time }).joined, isWithin, `${time}`)
    assert.deepEqual([one({ enrolled: TO - 1 }).devices, one({ enrolled: TO }).devices], [1, 0])
    assert.equal(one({ enrolled: 1, at: "rack" }).devices, 0)
  })

  it("expects a device until it retired or was withdrawn, whichever came first", () => {
    const seconds = (service: Omit<Service, "enrolled">) => Number(one({ enrolled: 1, ...service }).expectedMs) / 1000
    assert.deepEqual(
      [{}, { retired: 1300 }, { since: 1200 }, { retired: 1300, since: 1200 }, { retired: 1100, since: 1200 }].map(
        seconds,
      ),
      [1000, 300, 200, 200, 100],
    )
  })

  it("expects one that retired until its last run, where that comes later, and while runs are left to come", () => {
    const seconds = (service: Omit<Service, "enrolled">) =>
      Number(one({ enrolled: 1, retired: 1300, ...service }).expectedMs) / 1000
    assert.deepEqual([{ last: 1200 }, { last: 1400 }, { last: 1400, left: 1n }].map(seconds), [300, 400, 1000])
  })

  it("believes of a ledger that is shown twice the later block, in whatever order", () => {
    const [early, late] = [ledgerAt(1n, [{ enrolled: 1 }], 5), ledgerAt(2n, [{ enrolled: 1 }, { enrolled: 1 }], 3)]
    for (const both of [
      [early, late],
      [late, early],
    ]) {
      const { devices, neverEnrolled } = counted(...both)
      assert.deepEqual([devices, neverEnrolled], [2, 3n])
    }
  })
})
