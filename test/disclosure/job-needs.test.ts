import assert from "node:assert/strict"
import type { Entry } from "@wattest/disclosure"
import { writeAs } from "@wattest/disclosure"
import { devicesDigest, type Group, partDigest } from "@wattest/protocol"
import { materialWith, productWith, served } from "./pact-scene.ts"
import { cellIn, device, energy, entry, filed, type materialOf as Made, materialOf, ms } from "./scene.ts"

const subject = { kind: "job", name: "train" } as const
const groupOf = (...devices: readonly number[]): Group => ({
  ...{ job: "train", part: 0, devices: devices.length, devicesDigest: devicesDigest(devices.map(device)) },
  previous: null,
})
const group = groupOf(1, 2)
const MWH = energy(1n).energyMillijoules

/** A run of an hour of the job, on one of its two devices. */
const run = (n: number, number: bigint, given: Partial<Entry> = {}): Entry =>
  entry({
    ...{ device: device(n), run: number, job: "train", group, jobStart: 3n, boundary: "node", site: "" },
    ...{
      startMs: ms("2026-05-01") + Number(number) * 3_600_000,
      endMs: ms("2026-05-01") + Number(number + 1n) * 3_600_000,
    },
    ...{ registers: energy(1n), lifetimeMillijoules: (number + 1n) * MWH },
    ...given,
  })
const whole = [run(1, 3n, { goesOn: true }), run(1, 4n), run(2, 3n, { goesOn: true }), run(2, 4n)]
const [a3, a4, b3, b4] = whole as [Entry, Entry, Entry, Entry]

const filing = (entries: readonly Entry[], given: Parameters<typeof Made>[1] = {}) =>
  filed("boamps-1", materialOf(entries, { subject, ...given }))
const needs = (...given: Parameters<typeof filing>) => cellIn(filing(...given), "power").needs

describe("a job by its certificates", () => {
  it("is whole with all devices and parts, each from where it began the job to where it ended it", () => {
    assert.deepEqual(needs(whole), [])
    const second = { ...group, part: 1, previous: partDigest(group) }
    const more = [run(1, 7n, { group: second, jobStart: 7n }), run(2, 7n, { group: second, jobStart: 7n })]
    assert.deepEqual(needs([...whole, ...more]), [])
    // A void run between two took nothing.
    const late = { startMs: a3.endMs, lifetimeMillijoules: a3.lifetimeMillijoules + MWH }
    assert.deepEqual(needs([a3, run(1, 6n, late), b3, b4]), [])
  })

  const parts: readonly (readonly [string, readonly Entry[], RegExp])[] = [
    ["lacks a device", [a3, a4], /^certificates of 1 more device in part 0 of job "train": it has 2$/],
    [
      "shows another device in the place of one",
      [a3, a4, run(3, 3n, { goesOn: true }), run(3, 4n)],
      /^certificates of the very devices in part 0 of job "train": it has 2$/,
    ],
    [
      "shows another part in the place of one",
      [
        ...whole,
        ...[1, 2].map((n) => run(n, 7n, { group: { ...group, part: 1, previous: device(0xe) }, jobStart: 7n })),
      ],
      /^certificates of the very part that part 1 of the job follows$/,
    ],
    [
      "lacks a part",
      whole.map((one) => ({ ...one, group: { ...group, part: 2 ** 32 - 1 } })),
      /^certificates of 4294967295 more parts of the job$/,
    ],
    ["lacks its beginning", [a4, b3, b4], /^certificates from where the job began, before run 4 of device 0x0+1$/],
    ["lacks its end", [a3, b3], /^certificates of what follows, after run 3 of device 0x0+1 and of 1 more device$/],
    [
      "lacks energy between two runs",
      [a3, run(1, 6n, { startMs: a3.endMs }), b3, b4],
      /^certificates of what lies between, before run 6/,
    ],
    [
      "lacks time between two runs",
      [a3, run(1, 6n, { lifetimeMillijoules: a3.lifetimeMillijoules + MWH }), b3, b4],
      /^certificates of what lies between, before run 6/,
    ],
    ["lacks its middle", [a3, run(1, 6n), b3, b4], /^certificates of what lies between, before run 6 of device 0x0+1$/],
    [
      "lacks what a broken run hides",
      [a3, run(1, 6n, { startMs: a3.endMs, lifetimeMillijoules: 5n * MWH, broken: true }), b3, b4],
      /what lies between/,
    ],
    [
      "has runs that say nothing of its beginning",
      whole.map((one) => ({ ...one, jobStart: null })),
      /^runs that say where the job began, before run 3 of device 0x0+1 and of 1 more device$/,
    ],
  ]
  for (const [what, entries, need] of parts)
    it(`is known in part where it ${what}`, async () => {
      const made = filing(entries)
      for (const id of ["power", "duration", "components"]) {
        const cell = cellIn(made, id)
        assert.equal(cell.state, "partly", id)
        assert.match(cell.needs.join("\n"), need)
      }
      // Such a format has no word for a part.
      await assert.rejects(writeAs("boamps", made), /the format needs power, which is known in part: certificates|runs/)
    })

  it("is whole in any period that holds it", () =>
    assert.deepEqual(needs(whole, { days: { from: "2026-05-01", to: "2026-05-01" } }), []))

  it("is known in part where its runs end in two years", () => {
    const early = whole.map((one) =>
      one.run === 3n ? { ...one, startMs: ms("2025-12-31T22:00:00Z"), endMs: ms("2025-12-31T23:00:00Z") } : one,
    )
    const other = { ...a3, job: "another", device: device(3), endMs: ms("2025-06-01") }
    assert.deepEqual(needs([...whole, other]), [])
    assert.match(needs(early).join("\n"), /^a period that holds all of the job: 2 runs end outside$/m)
  })
})

describe("units of work of a job on two devices", () => {
  const units = (n: number, workUnits: bigint, given: Partial<Entry> = {}) =>
    run(n, 3n, { fed: new Set(["work"]), registers: { ...energy(1n), workUnits }, ...given })
  const work = (...entries: readonly Entry[]) => {
    const { value, sources } = cellIn(filed("gsf-if-1.1", materialOf(entries, { subject })), "functional-unit")
    return [value, sources.length]
  }
  const shared = { group: { ...group, sharedWork: true } } as const

  it("are of both, and of the one that counted the least where both count the same", () => {
    assert.deepEqual(work(units(1, 30n), units(2, 20n)), ["50", 2])
    assert.deepEqual(work(units(1, 30n, shared), units(2, 20n, shared)), ["20", 1])
    assert.deepEqual(work(units(1, 0n, shared), units(2, 20n, shared)), ["20", 1])
  })

  it("stand in a manifest with their grade, and with what the boundary leaves out", async () => {
    const described = async (given: Partial<Entry>, ...more: readonly Entry[]) => {
      const one = units(1, 30n, { group: null, jobStart: 3n, fed: new Set(["work", "carbon"]), ...given })
      return `${await writeAs("gsf-if", filed("gsf-if-1.1", materialOf([one, ...more], { subject })))}`.replace(
        /\s+/g,
        " ",
      )
    }
    assert.match(await described({}), /at the node cooling, .* is left out; .*units of work are declared/)
    const silent = await described({ boundary: "facility", fed: new Set(["carbon"]) })
    assert.doesNotMatch(silent, /left out|units of work/)
    // A number that is not in the manifest has no notes there.
    const idle = units(2, 0n, { group: null, fed: new Set(["carbon"]) })
    assert.doesNotMatch(await described({}, idle), /units of work/)
  })

  it("are those of each part", () => {
    const second = { group: { ...shared.group, part: 1, previous: partDigest(shared.group) }, jobStart: 7n }
    const more = [units(1, 7n, { ...second, run: 7n }), units(2, 9n, { ...second, run: 7n })]
    assert.deepEqual(work(units(1, 30n, shared), units(2, 20n, shared), ...more), ["27", 2])
  })
})

describe("a model by certificates of its jobs", () => {
  const counting = (one: Entry) => ({ ...one, fed: served.fed, registers: served.registers, site: "zurich" })
  const needs = (entries: readonly Entry[]) =>
    cellIn(filed("pact-3-category-1.1", materialWith([productWith()], entries)), "pcf-excluding").needs

  it("lacks the devices of its jobs that none shows, and no other runs of them", () => {
    assert.deepEqual(needs([a3, b3].map(counting)), [])
    assert.match(
      needs([a3].map(counting)).join("\n"),
      /^certificates of 1 more device in part 0 of job "train": it has 2$/m,
    )
  })
})
