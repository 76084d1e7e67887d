import assert from "node:assert/strict"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Entry, parseFiling } from "@wattest/disclosure"
import { type Extract, type Hex, parseProfile, ZERO_REGISTERS } from "@wattest/protocol"
import { RUNS } from "@wattest/testkit/disclosure/company"
import { coverageOf } from "../../disclosure/src/books/coverage.ts"
import { spanOf } from "../../disclosure/src/books/period.ts"
import { type Enrolled, type ExtractEntry, extractOf as extract, extractsAt, LATER, writeExtract } from "./extracts.ts"
import { companyDesk, type Desk } from "./job-scene.ts"
import { cellIn, device, energy, entry, filed, materialOf, ms, OPERATOR, profileOf } from "./scene.ts"

const seconds = (text: string) => ms(text) / 1000

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
  function filingWith(
    extracts: readonly Extract[],
    block: ReturnType<typeof extractsAt>["block"],
    ...options: readonly string[]
  ) {
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
    const { status, stderr } = desk.file("vsme-2025-07-30", "--out", "vsme.json", ...options)
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
      /has 1 device and 73 runs as of 2027-02-01.*, by certificates\/extract-0\.json$/m,
    )
    assert.doesNotMatch(filing.notes.join("\n"), /own word|not known/)
  })

  it("names a device that was left out, and by its own extract its time and runs", () => {
    const { ledger, devices, block } = extractsAt(LATER, [hall, hidden])
    const alone = filingWith([ledger], block).cell
    assert.equal(alone.state, "partly")
    assert.match(
      alone.needs.join("\n"),
      /extracts of 1 more device: the ledger of 0x[0-9a-f]+ with voucher 0x[0-9a-f]+ has 2/,
    )
    const named = filingWith([ledger, ...devices], block).cell
    assert.deepEqual([named.value, named.state], [alone.value, "partly"])
    assert.match(
      named.needs.join("\n"),
      /306\.0 device-days of device 0x0+4d at the facility: enrolled on 2026-03-01, 12 runs anchored, up to 2026-12-31/,
    )
    assert.doesNotMatch(named.needs.join("\n"), /more device/)
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

  it("voids what was anchored after the voucher withdrew its word, and an earlier statement is said beside", () => {
    const { devices, block } = extractsAt(LATER, [{ ...hall, withdrawnSince: seconds("2027-01-01") }])
    const { cell } = filingWith(devices, block, "--previous-as-of", "2027-01-15")
    assert.deepEqual([cell.value, cell.previous, cell.state], [null, "4380.00", "missing"])
    assert.match(
      cell.needs.join("\n"),
      /the voucher of 0x[0-9a-f]+ withdrew its word from 2027-01-01T00:00:00Z on, by certificates\/extract-0\.json; 73 runs/,
    )
  })

  it("is nothing where nobody hands one in: coverage is that of the documents alone", () => {
    const { stdout } = desk.file("vsme-2025-07-30")
    assert.match(stdout, /note: coverage is that of the documents handed in/)
  })
})

describe("a run of a device whose voucher withdrew its word", () => {
  const shown = entry({ registers: energy(5n) })
  const cellOf = (given: object, asOf: number | null = null) => {
    const extracts = [extract(1, { enrolledAt: LATER, ...given })]
    return cellIn(filed("vsme-2025-07-30", materialOf([shown], { extracts, asOf })), "B3-electricity")
  }
  const anchored = shown.block.time

  it("is void where it was anchored then or later, and is in no number", () => {
    const cell = cellOf({ withdrawnSince: anchored })
    assert.deepEqual([cell.value, cell.state], [null, "missing"])
    assert.match(cell.needs.join("\n"), /withdrew its word .* by 1\.json; 1 run anchored since then is void/)
    assert.equal(cellOf({ withdrawnSince: anchored + 1 }).value, "5.00")
  })

  it("stands where the word was another's, of another device or in another registry", () => {
    for (const other of [{ voucher: OPERATOR }, { device: device(2) }, { registry: OPERATOR }, { chainId: 1 }])
      assert.equal(cellOf({ withdrawnSince: anchored, ...other }).value, "5.00")
  })

  it("stands in what is stated as of a time at which no extract showed it yet", () => {
    assert.equal(cellOf({ withdrawnSince: anchored }, LATER).value, "5.00")
    assert.equal(cellOf({ withdrawnSince: anchored }, LATER + 1).value, null)
  })
})

describe("a ledger's devices as the chain counted them", () => {
  const T = LATER
  const shown = (n: number, time: number) =>
    entry({ device: device(n), registers: energy(1n), block: { chainId: 137, number: "9", time } })
  /** A ledger of so many devices, as of T. */
  const ledger = (devices: number, timestamp = T): ExtractEntry => {
    const { document, block, extract: one } = extract(50)
    const { chainId, registry, operator, voucher } = one
    const held = { kind: "ledger", chainId, registry, operator, voucher, devices, vouched: devices, length: 9 }
    return { document, block: { ...block, timestamp }, extract: held as ExtractEntry["extract"] }
  }
  const moreOf = (given: Parameters<typeof materialOf>[0], extracts: readonly ExtractEntry[], asOf?: number) => {
    const { needs } = cellIn(
      filed("vsme-2025-07-30", materialOf(given, { extracts, asOf: asOf ?? null })),
      "B3-electricity",
    )
    return needs.flatMap((need) => /extracts of (\d+) more device/.exec(need)?.[1] ?? [])
  }

  it("are told apart from those that came later, which fill no place of one that no document names", () => {
    assert.deepEqual(moreOf([shown(1, T - 9), shown(2, T)], [ledger(2)]), [])
    assert.deepEqual(moreOf([shown(1, T - 9), shown(2, T + 1)], [ledger(2)]), ["1"])
    const young = (enrolledAt: number) => extract(2, { enrolledAt, runs: 0, through: 0, anchoredAt: null })
    assert.deepEqual(moreOf([shown(1, T - 9)], [ledger(2), young(T)]), [])
    assert.deepEqual(moreOf([shown(1, T - 9)], [ledger(2), young(T + 1)]), ["1"])
  })

  it("are those of the time as of which something is stated, and what came later is said to be left out", () => {
    const extracts = [ledger(1), ledger(3, T + 100)]
    assert.deepEqual(moreOf([shown(1, T - 9)], extracts, T + 100), [])
    assert.deepEqual(moreOf([shown(1, T - 9)], extracts, T + 101), ["2"])
    assert.deepEqual(moreOf([shown(1, T - 9)], extracts), ["2"])
    const { notes } = filed("vsme-2025-07-30", materialOf([shown(1, T - 9)], { extracts, asOf: T + 100 }))
    assert.match(notes.join(), /1 extract left out: of a block at 2027-02-01T00:01:40Z or later/)
  })
})

describe("a device that the chain has and no run shows", () => {
  const filing = (within: number | null, outer: Partial<Entry> = {}) => {
    const meter = (n: number, at: number | null) => ({
      ...{ device: device(n), site: "zurich", from: "2026-01-01", to: "2026-12-31" },
      within: at === null ? null : device(at),
    })
    const profile = profileOf({ meters: [meter(1, null), meter(2, within)] })
    const made = filed(
      "vsme-2025-07-30",
      materialOf([entry({ registers: energy(5n), ...outer })], { profile, extracts: [extract(2)] }),
    )
    return { cell: cellIn(made, "B3-electricity"), notes: made.notes.join("\n") }
  }

  it("is missing, with its days", () => {
    const { cell, notes } = filing(null)
    assert.match(cell.needs.join("\n"), /306\.0 device-days of device 0x0+2 at the node/)
    assert.doesNotMatch(notes, /profile's word alone/)
  })

  it("is in another's number by the profile's word alone, which the filing says", () => {
    const { cell, notes } = filing(1)
    assert.doesNotMatch(cell.needs.join("\n"), /device 0x0+2 at the node/)
    assert.match(notes, /by the profile's word alone the energy of 0x0+2, /)
  })

  it("is in no number of a device that shows nothing in the period itself", () => {
    const { cell, notes } = filing(1, { startMs: ms("2024-06-01"), endMs: ms("2024-07-01") })
    assert.deepEqual([cell.value, cell.state], [null, "missing"])
    assert.match(cell.needs.join("\n"), /306\.0 device-days of device 0x0+2 at the node/)
    assert.doesNotMatch(notes, /profile's word alone/)
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
