/** A claim as an index would have it. */
export const CLAIM = {
  ...{
    number: 0,
    place: 0,
    metric: "energy-per-work",
    unit: "µJ per unit",
    lo: "0",
    hi: "60000",
    denominator: 0,
    strict: true,
  },
  ...{
    from: 1_790_000_000,
    to: 1_790_086_400,
    asOf: 1_790_090_000,
    boundary: "node",
    work: "token",
    zone: null,
    site: null,
    party: null,
  },
  ...{
    energyGrade: "measured",
    workGrade: "declared",
    origin: "live",
    runs: 3,
    unopened: 0,
    voids: 0,
    closedAt: 1_790_090_100,
  },
  ...{ meteredAtLeastMs: 1000, expectedMs: 2000, blindAtMost: 0, brokenAtMost: 0, devicesBehind: 0, suspect: false },
}
