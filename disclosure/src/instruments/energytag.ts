import { type Instrument, type Json, Rejection, shape } from "@wattest/protocol"

const { array, described, integer, literal, nullable, oneOf, optional, text } = shape

/** Statuses of a bundle in the EnergyTag registry API, version 2, by ours. */
const STATUSES = {
  Active: "active",
  Cancelled: "cancelled",
  Claimed: "claimed",
  Expired: "expired",
  Withdrawn: "withdrawn",
  Locked: "reserved",
  Reserved: "reserved",
} as const

const TECHNOLOGIES: readonly (readonly [RegExp, Instrument["source"]])[] = [
  [/wind/i, "wind"],
  [/solar|pv/i, "solar"],
  [/hydro/i, "hydro"],
  [/nuclear/i, "nuclear"],
  [/biomass|biogas/i, "biomass"],
  [/geothermal/i, "geothermal"],
  [/tidal|wave|marine/i, "marine"],
  [/coal|lignite/i, "coal"],
  [/oil/i, "oil"],
  [/gas/i, "gas"],
]

/** What is read of a bundle; it has more fields, which say nothing of a claim. */
const FIELDS = {
  issuance_id: text(256),
  certificate_bundle_status: oneOf(["Active", "Cancelled", "Claimed", "Expired", "Withdrawn", "Locked", "Reserved"]),
  certificate_bundle_id_range_start: integer(0, Number.MAX_SAFE_INTEGER),
  certificate_bundle_id_range_end: integer(0, Number.MAX_SAFE_INTEGER),
  bundle_quantity: integer(1, Number.MAX_SAFE_INTEGER),
  beneficiary: optional(nullable(text(256))),
  energy_source: text(64),
  energy_carrier: oneOf(["Electricity", "electricity"]),
  face_value: integer(1, Number.MAX_SAFE_INTEGER),
  production_starting_interval: text(40),
  production_ending_interval: text(40),
  issuing_body: text(256),
  issue_market_zone: text(64),
  emissions_factor_production_device: described({ type: "number", minimum: 0 }, (value, path) => {
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0)
      throw malformed(path, "a number of at least 0")
    return value
  }),
  is_storage: optional(literal(false)),
}

const malformed = (path: string, expected: string) => new Rejection("FIELD_MALFORMED", `${path}: expected ${expected}`)

const MAX_INTERVAL_S = 3600

function secondsOf(written: string, path: string): number {
  // The API's times are UTC, with or without their zone.
  const ms = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(written) ? written : `${written}Z`)
  if (Number.isNaN(ms)) throw malformed(path, "a time in UTC")
  return Math.floor(ms / 1000)
}

function fieldsOf(value: Json, path: string) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw malformed(path, "a bundle")
  const known = Object.entries(value).filter(([name]) => Object.hasOwn(FIELDS, name))
  return shape.object(FIELDS)(Object.fromEntries(known), path)
}

/**
 * The instrument that a bundle of granular certificates is, by the EnergyTag registry API. Throws a Rejection where the
 * bundle contradicts itself: its quantity is that of its range, its interval an hour at most, its energy quantity times face value.
 */
export function instrumentOfBundle(value: Json, path: string, document: Instrument["document"]): Instrument {
  const bundle = fieldsOf(value, path)
  const first = BigInt(bundle.certificate_bundle_id_range_start)
  const last = BigInt(bundle.certificate_bundle_id_range_end)
  const quantity = BigInt(bundle.bundle_quantity)
  if (last - first + 1n !== quantity)
    throw malformed(`${path}.bundle_quantity`, `${last - first + 1n}, as its range has`)
  const from = secondsOf(bundle.production_starting_interval, `${path}.production_starting_interval`)
  const to = secondsOf(bundle.production_ending_interval, `${path}.production_ending_interval`)
  if (to <= from || to - from > MAX_INTERVAL_S)
    throw malformed(`${path}.production_ending_interval`, "an hour at most after its start")
  const source = TECHNOLOGIES.find(([pattern]) => pattern.test(bundle.energy_source))?.[1]
  if (source === undefined) throw malformed(`${path}.energy_source`, "a source that is known here")
  return {
    ...{ id: `${bundle.issuance_id}/${first}-${last}`, kind: "granular-certificate", registry: bundle.issuing_body },
    ...{ reference: bundle.issuance_id, range: { first, last }, zone: bundle.issue_market_zone, source },
    ...{ energyWattHours: quantity * BigInt(bundle.face_value), from, to },
    kilogramsPerMegawattHour: bundle.emissions_factor_production_device.toFixed(9).replace(/\.?0+$/, ""),
    ...{ status: STATUSES[bundle.certificate_bundle_status], beneficiary: bundle.beneficiary ?? "" },
    ...{ bundled: false, document },
  }
}

/** The instruments of a file of bundles: one of them, or a list. Throws a Rejection. */
export function instrumentsOfBundles(value: Json, document: Instrument["document"]): readonly Instrument[] {
  const read = (one: Json, path: string) => instrumentOfBundle(one, path, document)
  return Array.isArray(value) ? array(read, { min: 1, max: 100_000 })(value, "$") : [read(value, "$")]
}
