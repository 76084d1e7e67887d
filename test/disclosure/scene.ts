import type { Cell, Entry, Filing, Material } from "@wattest/disclosure"
import { fileStandard, parseFactors, readStandard } from "@wattest/disclosure"
import { type Hex, PROFILE_TYPE, type Profile, profileDigest, ZERO_REGISTERS } from "@wattest/protocol"
import { POLICY_TEMPLATE } from "@wattest/verifier"

export const OPERATOR: Hex = `0x${"11".repeat(20)}`
export const [REGISTRY, VOUCHER]: readonly [Hex, Hex] = [`0x${"33".repeat(20)}`, `0x${"44".repeat(20)}`]
export const device = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`
export const MILLIJOULES_PER_MWH = 3_600_000_000_000n
export const ms = (text: string) => Date.parse(text)

/** A run of 2026 at the facility boundary of site "zurich", unless a test says otherwise. */
export const entry = (given: Partial<Entry> = {}): Entry => ({
  document: { name: "a.json", digest: device(0xa), kind: "certificate" },
  ...{
    device: device(1),
    run: 0n,
    operator: OPERATOR,
    registry: REGISTRY,
    voucher: VOUCHER,
    boundary: "facility",
    origin: "live",
    model: "m",
    unit: "token",
  },
  block: { chainId: 137, number: "7", time: ms("2027-01-01T01:00:00Z") / 1000 },
  ...{ zone: "CH", site: "zurich", party: "", workload: "w", job: "j", accelerators: 8, factors: {} },
  ...{ group: null, jobStart: 0n, goesOn: false },
  ...{ startMs: ms("2026-01-01"), endMs: ms("2027-01-01"), registers: ZERO_REGISTERS, lifetimeMillijoules: 0n },
  ...{ energyGrade: "measured", workGrade: "declared", fed: new Set(), meters: [], broken: false },
  ...given,
})

/** Energy alone, in MWh. */
export const energy = (mwh: bigint) => ({ ...ZERO_REGISTERS, energyMillijoules: mwh * MILLIJOULES_PER_MWH })

export const profileOf = (given: Partial<Profile> = {}): Profile => ({
  ...{ mediaType: PROFILE_TYPE, operator: OPERATOR, suppliers: [], instruments: [], declared: [] },
  entity: {
    ...{ name: "Example Compute AG", lei: null, country: "CH", currency: "EUR", consolidation: "operational-control" },
    ...{ share: "1", financialYearBegins: "01-01" },
  },
  sites: [{ id: "zurich", address: "", municipality: "", country: "CH", zone: "CH", dataCentre: null }],
  meters: [{ device: device(1), site: "zurich", within: null, from: "2026-01-01", to: null }],
  ...given,
})

export const materialOf = (
  entries: readonly Entry[],
  given: Partial<Omit<Material, "books" | "profileDigest">> &
    Partial<Pick<Material["books"], "claims" | "extracts" | "contradictions">> = {},
): Material => {
  const { claims = [], extracts = [], contradictions = [], profile = profileOf(), ...rest } = given
  return {
    books: { entries, claims, extracts, refused: [], repeated: 0, contradictions },
    ...{
      profile,
      profileDigest: profileDigest(profile),
      factors: null,
      asOf: null,
      issuers: [],
      witnesses: [],
      vouchers: [],
    },
    ...{ days: { from: "2026-01-01", to: "2026-12-31" }, missingPercent: 1 },
    subject: { kind: "entity", name: profile.entity.name },
    ...rest,
  }
}

export function filed(standard: string, material: Material, previousAsOf: number | null = null): Filing {
  return fileStandard({
    standard: readStandard(standard),
    material,
    policy: POLICY_TEMPLATE,
    signer: OPERATOR,
    previousAsOf,
  })
}

export function cellIn({ cells }: Filing, id: string): Cell {
  const found = cells.find((cell) => cell.id === id)
  if (found === undefined) throw new RangeError(`no cell ${id}`)
  return found
}

/** A table of factors as a file holds it. */
export const tableOf = (entries: readonly object[]) =>
  parseFactors(
    new TextEncoder().encode(
      JSON.stringify({
        ...{ mediaType: "application/vnd.wattest.factors.v1+json", name: "T", version: "1", source: "test" },
        entries,
      }),
    ),
  )

export const siteZurich = { kind: "site", name: "zurich" } as const
