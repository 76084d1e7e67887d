import assert from "node:assert/strict"
import type { ClaimEntry, Entry } from "@wattest/disclosure"
import type { Profile } from "@wattest/protocol"
import { itEnergy } from "../../disclosure/src/figures/energy.ts"
import { worldOf } from "../../disclosure/src/figures/world.ts"
import { claim, type Given, ledger, seconds, vsme, YEAR_MS } from "./claim-scene.ts"
import { type ExtractEntry, extractOf } from "./extracts.ts"
import {
  cellIn,
  device,
  energy,
  entry,
  filed,
  materialOf,
  OPERATOR,
  profileOf,
  REGISTRY,
  siteZurich,
  VOUCHER,
} from "./scene.ts"

const DAY_MS = 86_400_000n
const [OTHER] = [ledger(2)]
/** A device of the ledger that the claim counts, enrolled before the year unless a test says otherwise. */
const second = (given: object = {}): ExtractEntry =>
  extractOf(2, {
    ...{ registry: OPERATOR, ...OTHER, boundary: "facility", enrolledAt: seconds("2025-12-01") },
    ...given,
  })
const meter = (n: number, given: Partial<Profile["meters"][number]> = {}) => ({
  ...{ device: device(n), site: "zurich", within: null, from: "2026-01-01", to: null },
  ...given,
})
const bern = { id: "bern", address: "", municipality: "", country: "CH", zone: "CH", dataCentre: null }

type Told = {
  readonly claimed?: Given
  readonly extracts?: readonly ExtractEntry[]
  readonly meters?: Profile["meters"]
  readonly entries?: readonly Entry[]
}

/** A device that certificates show, and a second one of a ledger that a claim bounds. */
function material({ claimed = {}, extracts = [second()], meters = [meter(1), meter(2)], entries }: Told, given = {}) {
  const claims: readonly ClaimEntry[] = [claim({ scope: { owners: [OTHER] }, ...claimed })]
  const isThere = meters.some(({ site }) => site === "bern")
  const profile = profileOf({ meters, sites: [...profileOf().sites, ...(isThere ? [bern] : [])] })
  return materialOf(entries ?? [entry({ registers: energy(390n) })], { claims, profile, extracts, ...given })
}
const filing = (told: Told) => filed("vsme-2025-07-30", material(told))
const electricity = (told: Told = {}) => cellIn(filing(told), "B3-electricity")

describe("time that a claim proves", () => {
  it("fills what the profile expects of a device that an extract puts into its ledger", () => {
    const { value, bound, state, needs, coverage } = electricity()
    assert.deepEqual([value, bound, state, needs], ["790.00", "at-most", "filled", []])
    assert.deepEqual([coverage?.meteredMs, coverage?.expectedMs], [`${2n * YEAR_MS}`, `${2n * YEAR_MS}`])
  })

  const others: readonly (readonly [string, Told])[] = [
    ["no extract names the device: the claim does not", { extracts: [] }],
    ["the extract is of another device", { extracts: [extractOf(3, { ...second().extract, device: device(3) })] }],
    ["it stands in another ledger", { extracts: [second({ registry: REGISTRY, voucher: VOUCHER })] }],
    ["it meters at another boundary", { extracts: [second({ boundary: "rack" })] }],
    ["the claim does not prove what is expected", { claimed: { expectedMs: null } }],
    [
      "the claim is of one site: which devices signed that, it does not say",
      { claimed: { filters: { site: "zurich" } } },
    ],
    ["the claim is of carbon", { claimed: { metric: "carbon" } }],
  ]
  for (const [why, told] of others)
    it(`fills nothing where ${why}`, () => {
      const { state, needs } = electricity(told)
      assert.equal(state, "partly")
      assert.match(
        needs.join("\n"),
        /certificates of the missing time at zurich: 365\.0 device-days of 730\.0 device-days/,
      )
    })

  it("fills nothing of a device that shows runs in another ledger", () => {
    const half = entry({ registers: energy(390n), endMs: Date.parse("2026-07-01") })
    const moved = extractOf(1, { ...second().extract, device: device(1) })
    const { needs } = electricity({ extracts: [moved], meters: [meter(1)], entries: [half] })
    assert.match(needs.join("\n"), /missing time at zurich: 184\.0 device-days of 365\.0 device-days/)
  })

  it("fills nothing of one site's number, nor of one that claims of energy do not bound", () => {
    const { needs } = cellIn(filed("eu-2024-1364", material({}, { subject: siteZurich })), "EDC")
    assert.match(needs.join("\n"), /365\.0 device-days of 730\.0 device-days/)
    const node = [entry({ registers: energy(390n), boundary: "node" })]
    assert.match(
      itEnergy(worldOf(material({ entries: node }))).needs.join("\n"),
      /365\.0 device-days of 730\.0 device-days/,
    )
  })

  it("fills no site to which its devices come after the period", () => {
    const meters = [meter(1), meter(2), meter(3, { site: "bern", from: "2027-01-01" })]
    assert.deepEqual(electricity({ meters }).needs, ["certificates of the devices at bern"])
  })

  it("says where an extract would fill it", () => {
    const hint = /730\.0 device-days, or extracts of devices that a claim counts: it names none$/m
    assert.match(electricity({ extracts: [] }).needs.join("\n"), hint)
    assert.doesNotMatch(electricity({ extracts: [], claimed: { metric: "carbon" } }).needs.join("\n"), /it names none/)
  })

  it("is that of which the chain expects something: not before an enrolment, nor after a withdrawal", () => {
    const missing = (given: object) =>
      /missing time at zurich: (.*) device-days of (.*) device-days/.exec(
        electricity({ extracts: [second(given)] }).needs.join(),
      )
    const from = (given: object) => missing(given)?.slice(1)
    assert.deepEqual(from({ enrolledAt: seconds("2026-03-01") }), ["59.0", "424.0"])
    assert.deepEqual(from({ withdrawnSince: seconds("2026-12-02") }), ["30.0", "395.0"])
    assert.deepEqual(from({ retiredRuns: 3, through: seconds("2026-12-02") }), ["30.0", "395.0"])
    assert.equal(missing({ withdrawnSince: seconds("2027-01-02") }), null)
  })

  it("fills a site of which certificates show nothing, in energy and in carbon by a claim of each", () => {
    const meters = [meter(1), meter(2, { site: "bern" })]
    const { state, needs } = electricity({ meters })
    assert.deepEqual([state, needs], ["filled", []])
    assert.match(electricity({ meters, extracts: [] }).needs.join(), /certificates of the devices at bern/)
    const emitted = cellIn(filing({ meters, claimed: { metric: "carbon" } }), "B3-scope2-location")
    assert.doesNotMatch(emitted.needs.join(), /bern/)
    assert.match(
      cellIn(filing({ meters }), "B3-scope2-location").needs.join(),
      /certificates at bern, or a claim of its carbon/,
    )
  })

  it("is metered before an enrolment within the period too, which is said", () => {
    const said = (joined: number) => {
      const one = claim({ scope: { owners: [OTHER] } })
      const { coverage } = one.claim
      assert.ok(coverage)
      return cellIn(
        vsme([{ ...one, claim: { ...one.claim, coverage: { ...coverage, joined } } }]),
        "B3-electricity",
      ).notes.join()
    }
    assert.match(said(1), /what 1 device that enrolled within the period metered before is metered time too/)
    assert.doesNotMatch(said(0), /enrolled within/)
  })
})

describe("time that certificates show", () => {
  const half = (run: bigint, startMs: string, endMs: string) =>
    entry({
      run,
      registers: energy(10n),
      lifetimeMillijoules: energy((run + 1n) * 10n).energyMillijoules,
      startMs: Date.parse(startMs),
      endMs: Date.parse(endMs),
    })
  /** All but the last 30 days, and some of it before the device was there. */
  const entries = [half(0n, "2026-01-01", "2026-12-02")]
  const needs = (told: Partial<Told>) =>
    electricity({ claimed: { hi: 0n }, meters: [meter(1)], extracts: [], entries, ...told }).needs.join("\n")

  it("before an enrolment fills nothing of what the chain expects since then", () => {
    const enrolled = (text: string) => extractOf(1, { boundary: "facility", enrolledAt: seconds(text), runs: 1 })
    // 31 days are expected, one of which is metered, and 334 were metered before.
    assert.match(
      needs({ extracts: [enrolled("2026-12-01")] }),
      /certificates of 30\.0 device-days of device 0x0+1 at the facility/,
    )
    const mine = { registry: REGISTRY, owners: [{ operator: OPERATOR, voucher: VOUCHER }] }
    const claimed = { scope: mine, hi: 0n, expectedMs: 31n * DAY_MS, meteredMs: 31n * DAY_MS }
    assert.match(
      needs({ claimed, extracts: [enrolled("2026-12-01")] }),
      /certificates of 30\.0 device-days at the facility: the chain expects 31\.0/,
    )
    // Where no extract says since when, all of it may be of that time.
    assert.doesNotMatch(needs({ claimed }), /the chain expects/)
  })

  it("before the device came to its place fills nothing of its time there", () => {
    const late = [meter(1, { from: "2026-12-01" })]
    assert.match(needs({ meters: late }), /missing time at zurich: 30\.0 device-days of 31\.0 device-days/)
    assert.equal(needs({ meters: [meter(1, { from: "2026-06-01", to: "2026-12-01" })] }), "")
  })
})

describe("that there are no other devices", () => {
  const shown = [entry({ registers: energy(1n) })]
  const key = `137/${REGISTRY}/${OPERATOR}/${VOUCHER}`
  const ownWord = new RegExp(`that the ledger ${key} has no other devices is the entity's own word`)
  const notes = (given: object) => filed("vsme-2025-07-30", materialOf(shown, given)).notes.join("\n")
  const counted = (given: object = {}): ExtractEntry => {
    const held = { kind: "ledger", devices: 1, vouched: 1, length: 1, registry: REGISTRY, voucher: VOUCHER, ...given }
    const { extract, ...rest } = extractOf(9)
    return { ...rest, extract: { chainId: extract.chainId, operator: OPERATOR, ...held } as ExtractEntry["extract"] }
  }

  it("is said by an extract of each ledger or a claim of its time, and of another one is the entity's own word", () => {
    const mine = claim({ scope: { registry: REGISTRY, owners: [{ operator: OPERATOR, voucher: VOUCHER }] }, hi: 0n })
    for (const given of [{ extracts: [counted()] }, { claims: [mine] }]) assert.doesNotMatch(notes(given), /own word/)
    const others = [{ chainId: 1 }, { registry: OPERATOR }, OTHER].map((other) => ({ extracts: [counted(other)] }))
    for (const given of [...others, { claims: [claim({ scope: { owners: [OTHER] } })] }])
      assert.match(notes(given), ownWord)
    const untimed = claim({ scope: { owners: [OTHER] }, expectedMs: null })
    assert.match(notes({ claims: [untimed] }), /its own word, unless an extract of its ledger/)
  })

  it("is not known of vouchers whom the policy believes and no document names", () => {
    const whether = new RegExp(`whether ${OPERATOR} has ledgers with ${REGISTRY}, whom`)
    const vouchers = [VOUCHER, REGISTRY]
    assert.match(notes({ vouchers, extracts: [counted()] }), whether)
    assert.match(notes({ vouchers, claims: [claim()] }), whether)
    assert.doesNotMatch(notes({ vouchers: [VOUCHER], extracts: [counted()] }), /whether/)
    assert.doesNotMatch(
      notes({ vouchers: [VOUCHER, OTHER.voucher], claims: [claim({ scope: { owners: [OTHER] } })] }),
      /whether/,
    )
  })
})
