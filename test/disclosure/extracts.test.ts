import assert from "node:assert/strict"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseFiling } from "@wattest/disclosure"
import { type Extract, type Hex, parseProfile, ZERO_REGISTERS } from "@wattest/protocol"
import { RUNS } from "@wattest/testkit/disclosure/company"
import { coverageOf } from "../../disclosure/src/books/coverage.ts"
import { spanOf } from "../../disclosure/src/books/period.ts"
import { type Enrolled, extractsAt, writeExtract } from "./extracts.ts"
import { companyDesk, type Desk } from "./job-scene.ts"
import { cellIn, device, energy, entry, filed, materialOf, ms, profileOf } from "./scene.ts"

const seconds = (text: string) => ms(text) / 1000
const LATER = seconds("2027-02-01")

describe("what the chain says exists, by extracts among the documents", function () {
  this.timeout(120_000)
  let desk: Desk
  let hall: Enrolled
  const at = (...names: readonly string[]) => join(desk.folder, ...names)
  const hidden = { device: device(77), runs: 12, enrolledAt: seconds("2026-03-01"), through: seconds("2026-12-31") }
  before(async () => {
    desk = await companyDesk()
    const [meter] = parseProfile(readFileSync(at("profile.json"))).meters
    hall = {
      ...{ device: meter?.device ?? device(0), runs: RUNS },
      ...{ enrolledAt: seconds("2025-12-31T23:59:00Z"), through: seconds("2027-01-01") },
    }
  })
  after(() => desk.clear())

  /** The filing beside these extracts, under a policy that trusts their block. */
  function filingWith(extracts: readonly Extract[], block: ReturnType<typeof extractsAt>["block"]) {
    const given = readFileSync(at("policy.json"), "utf8")
    const policy = JSON.parse(given)
    writeFileSync(
      at("policy.json"),
      JSON.stringify({
        ...policy,
        chains: policy.chains.map((chain: { trustedBlocks: object[] }) => ({
          ...chain,
          trustedBlocks: [...chain.trustedBlocks, block],
        })),
      }),
    )
    const names = extracts.map((_, i) => at("certificates", `extract-${i}.json`))
    for (const [i, extract] of extracts.entries()) writeExtract(names[i] ?? "", extract)
    const { status, stderr } = desk.file("vsme-2025-07-30", "--out", "vsme.json")
    for (const name of names) rmSync(name)
    writeFileSync(at("policy.json"), given)
    assert.equal(status, 0, stderr)
    const filing = parseFiling(readFileSync(at("vsme.json")))
    return { filing, cell: cellIn(filing, "B3-electricity") }
  }

  it("is held against the books: one device, all of its runs", () => {
    const { ledger, devices, block } = extractsAt(LATER, [hall])
    const { filing, cell } = filingWith([ledger, ...devices], block)
    assert.deepEqual([cell.state, cell.needs, filing.refused], ["filled", [], []])
    assert.match(
      filing.notes.join("\n"),
      /has 1 devices and 73 runs as of 2027-02-01.*, by certificates\/extract-0\.json$/m,
    )
    assert.doesNotMatch(filing.notes.join("\n"), /own word|not known/)
  })

  it("names a device that was left out, and by its own extract its time and runs", () => {
    const { ledger, devices, block } = extractsAt(LATER, [hall, hidden])
    const alone = filingWith([ledger], block).cell
    assert.equal(alone.state, "partly")
    assert.match(
      alone.needs.join("\n"),
      /extracts of 1 more devices: the ledger of 0x[0-9a-f]+ with voucher 0x[0-9a-f]+ has 2/,
    )
    const named = filingWith([ledger, ...devices], block).cell
    assert.deepEqual([named.value, named.state], [alone.value, "partly"])
    assert.match(
      named.needs.join("\n"),
      /306\.0 device-days of device 0x0+4d at the facility: enrolled on 2026-03-01, 12 runs anchored, up to 2026-12-31/,
    )
    assert.doesNotMatch(named.needs.join("\n"), /more devices/)
  })

  it("is no more than a device that retired before the period, or was enrolled after it", () => {
    const gone = { ...hidden, enrolledAt: seconds("2025-01-01"), through: seconds("2025-12-31"), retired: true }
    const young = { ...hidden, device: device(78), runs: 0, enrolledAt: seconds("2027-01-02") }
    const { ledger, devices, block } = extractsAt(LATER, [hall, gone, young])
    const { cell } = filingWith([ledger, ...devices], block)
    assert.deepEqual([cell.state, cell.needs], ["filled", []])
  })

  it("is said to be of a time before the period ended", () => {
    const { ledger, block } = extractsAt(seconds("2026-06-30"), [hall])
    assert.match(
      filingWith([ledger], block).filing.notes.join("\n"),
      /2026-06-30.*what was enrolled after that is not known/,
    )
  })

  it("is not believed where the extract is forged, which is said", () => {
    const { ledger, block } = extractsAt(LATER, [hall, hidden])
    const { filing } = filingWith([{ ...ledger, devices: 1 } as Extract], block)
    assert.deepEqual(
      filing.refused.map(({ name, code }) => [name, code]),
      [["certificates/extract-0.json", "EXTRACT_MISMATCH"]],
    )
    assert.match(filing.notes.join("\n"), /coverage is that of the documents handed in/)
  })

  it("is nothing where nobody hands one in: coverage is that of the documents alone", () => {
    const { stdout } = desk.file("vsme-2025-07-30")
    assert.match(stdout, /note: coverage is that of the documents handed in/)
  })
})

describe("runs that are left out at an end of the period", () => {
  const half = (given: Parameters<typeof entry>[0] = {}) =>
    entry({
      startMs: ms("2026-07-01"),
      run: 3n,
      lifetimeMillijoules: energy(30n).energyMillijoules,
      registers: energy(10n),
      ...given,
    })
  const meters = [{ device: device(1), site: "zurich", within: null, from: "2026-07-01", to: "2026-12-31" }]
  const cellOf = (...entries: Parameters<typeof materialOf>[0]) =>
    cellIn(filed("vsme-2025-07-30", materialOf(entries, { profile: profileOf({ meters }) })), "B3-electricity")

  it("are seen by the first run's number, whatever the profile says of when the device came", () => {
    const cell = cellOf(half())
    assert.deepEqual([cell.state, cell.coverage?.notShown], ["partly", "3"])
    assert.match(cell.needs.join(), /runs 0 to 2 of device 0x0+1: 20000\.00 kWh in them/)
    assert.deepEqual(cellOf(half({ run: 0n })).needs, [])
  })

  it("are none where the run before ended before the period", () => {
    const prior = (run: bigint) =>
      entry({
        run,
        startMs: ms("2025-11-01"),
        endMs: ms("2025-12-01"),
        lifetimeMillijoules: energy(20n).energyMillijoules,
      })
    assert.equal(cellOf(prior(2n), half()).state, "filled")
    assert.match(cellOf(prior(1n), half()).needs.join(), /run 2 of device 0x0+1: 0\.00 kWh in them/)
  })

  const span = spanOf({ from: "2026-01-01", to: "2026-12-31" })
  const gapsWith = (runs: number, voids: readonly string[] = []) => {
    const own = entry({ run: 0n, endMs: ms("2026-07-01"), registers: ZERO_REGISTERS })
    const held = { held: { runs } as never, atMs: 0, document: "d.json" }
    const standing = { devices: new Map<Hex, typeof held>([[own.device, held]]), voids: new Set(voids) }
    return coverageOf([own], span, { shown: new Map([[own.device, [own]]]), standing }).gaps
  }

  it("are seen behind the last run by an extract of the device", () => {
    assert.deepEqual(gapsWith(1), [])
    assert.deepEqual(
      gapsWith(3).map(({ first, last, isVoid }) => [first, last, isVoid]),
      [[1n, 2n, false]],
    )
  })

  it("are void where extracts show each of them as void", () => {
    const voids = [1, 2].map((run) => `${device(1)}/${run}`)
    assert.equal(gapsWith(3, voids)[0]?.isVoid, true)
    assert.equal(gapsWith(3, voids.slice(1))[0]?.isVoid, false)
  })
})
