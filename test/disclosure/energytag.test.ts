import assert from "node:assert/strict"
import { instrumentsOfBundles } from "@wattest/disclosure"

const bundle = {
  ...{ issuance_id: "iss-1", certificate_bundle_status: "Cancelled", bundle_quantity: 1000, face_value: 1 },
  ...{ certificate_bundle_id_range_start: 1, certificate_bundle_id_range_end: 1000, beneficiary: "Example" },
  ...{ energy_source: "wind", energy_carrier: "electricity", issuing_body: "R", issue_market_zone: "CH" },
  ...{ production_starting_interval: "2026-06-01T00:00:00", production_ending_interval: "2026-06-01T01:00:00" },
  emissions_factor_production_device: 0,
}
const read = (given: object) => {
  const [instrument] = instrumentsOfBundles({ ...bundle, ...given }, null)
  assert.ok(instrument)
  return instrument
}
const refused = (given: object, says: RegExp) =>
  assert.throws(() => read(given), { code: "FIELD_MALFORMED", message: says })

describe("the source of a bundle of granular certificates", () => {
  for (const [written, source] of [
    ["wind", "wind"],
    ["Wind Offshore", "wind"],
    ["solar", "solar"],
    ["PV rooftop", "solar"],
    ["hydro", "hydro"],
    ["Run-of-river hydropower", "hydro"],
    ["Nuclear", "nuclear"],
    ["biomass", "biomass"],
    // Not gas, whose letters it holds.
    ["biogas", "biomass"],
    ["geothermal", "geothermal"],
    ["tidal", "marine"],
    ["wave", "marine"],
    ["Marine current", "marine"],
    ["coal", "coal"],
    ["lignite", "coal"],
    ["Heavy oil", "oil"],
    ["Natural gas", "gas"],
  ] as const)
    it(`is ${source} of "${written}"`, () => assert.equal(read({ energy_source: written }).source, source))

  it("is none of a word that is not known, and never a guess", () => {
    for (const energy_source of ["peat", "other", "battery"]) refused({ energy_source }, /energy_source: .*known here/)
  })
})

describe("the status of a bundle of granular certificates", () => {
  for (const [written, status] of [
    ["Active", "active"],
    ["Cancelled", "cancelled"],
    ["Claimed", "claimed"],
    ["Expired", "expired"],
    ["Withdrawn", "withdrawn"],
    ["Locked", "reserved"],
    ["Reserved", "reserved"],
  ] as const)
    it(`is ${status} of ${written}`, () => assert.equal(read({ certificate_bundle_status: written }).status, status))

  it("is none of another word", () => refused({ certificate_bundle_status: "cancelled" }, /certificate_bundle_status/))
})

describe("the numbers of a bundle of granular certificates", () => {
  it("are whole watt hours, an hour of UTC, and a rate without zeros at its end", () => {
    const { id, registry, reference, range, zone, energyWattHours, from, to, beneficiary } = read({ face_value: 3 })
    assert.deepEqual([id, registry, reference, zone, beneficiary], ["iss-1/1-1000", "R", "iss-1", "CH", "Example"])
    assert.deepEqual([range, energyWattHours], [{ first: 1n, last: 1000n }, 3000n])
    assert.deepEqual([from, to], [Date.parse("2026-06-01T00:00:00Z") / 1000, Date.parse("2026-06-01T01:00:00Z") / 1000])
    for (const [rate, written] of [
      [0, "0"],
      [100, "100"],
      [12.5, "12.5"],
    ] as const)
      assert.equal(read({ emissions_factor_production_device: rate }).kilogramsPerMegawattHour, written)
  })

  it("may say the zone of their times", () => {
    const written = { production_starting_interval: "2026-06-01T02:00:00+02:00" }
    assert.deepEqual(read(written), read({}))
  })

  it("are refused where a rate is below 0, and a time is none, ends with its start, or lasts more than an hour", () => {
    refused({ emissions_factor_production_device: -1 }, /emissions_factor_production_device/)
    refused({ production_starting_interval: "soon" }, /production_starting_interval/)
    refused({ production_ending_interval: bundle.production_starting_interval }, /an hour at most after its start/)
    refused({ production_ending_interval: "2026-06-01T01:00:01" }, /an hour at most after its start/)
  })

  it("are refused where the certificates are more or fewer than the range has", () => {
    for (const bundle_quantity of [999, 1001]) refused({ bundle_quantity }, /bundle_quantity: .*1000, as its range has/)
    for (const certificate_bundle_id_range_start of [0, 2])
      refused({ certificate_bundle_id_range_start }, /bundle_quantity/)
  })

  it("are those of each in a list, and of no empty one", () => {
    assert.equal(instrumentsOfBundles([bundle, { ...bundle, issuance_id: "iss-2" }], null).length, 2)
    assert.throws(() => instrumentsOfBundles([], null), { code: "FIELD_MALFORMED" })
    assert.throws(() => instrumentsOfBundles("wind", null), { code: "FIELD_MALFORMED", message: /a bundle/ })
  })
})
