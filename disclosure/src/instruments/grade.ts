import { type Hex, type Instrument, instrumentText } from "@wattest/protocol"
import { accountThatSigned } from "@wattest/protocol/account"
import type { Span } from "../books/period.ts"
import { EVIDENCE, type Evidence } from "../filing.ts"
import { createSpentOnce } from "./spent-once.ts"

/** Whose signature under an instrument is believed: the reader's choice, never the profile's. */
export type Believed = { readonly issuers: readonly Hex[]; readonly witnesses: readonly Hex[] }

/**
 * On whose word an instrument rests. No format of certificates is signed by its issuer today, so that an instrument is
 * declared unless an account signs it: an issuing body's proves it, a witness's attests it. That it was spent nowhere else,
 * its registry alone can say.
 */
export function evidenceOf(instrument: Instrument, { issuers, witnesses }: Believed): Evidence {
  const { attestation } = instrument
  const signer = attestation === undefined ? null : accountThatSigned(instrumentText(instrument), attestation)
  if (signer !== null && issuers.includes(signer)) return "proved"
  return signer !== null && witnesses.includes(signer) ? "attested" : "declared"
}

/** An instrument with what may still be spent of it. */
export type Graded = { readonly instrument: Instrument; readonly evidence: Evidence; readonly millijoules: bigint }

export type Sorted = {
  /** Those that may be spent, the best evidence first. */
  readonly spendable: readonly Graded[]
  /** Those that may not, and why: a year of hourly certificates in one sentence. */
  readonly refused: readonly string[]
}

const MILLIJOULES_PER_WH = 3_600_000n

/** What one certificate stands for at most: 1 MWh, the standard size of Directive (EU) 2018/2001, article 19(2), and of registries elsewhere. */
const CERTIFICATE_WATT_HOURS = 1_000_000n

/** Why an instrument claims more energy than the certificates that its range numbers; null: it does not, or has no range. */
function excessOf({ range, energyWattHours }: Instrument): string | null {
  if (range === null) return null
  const certificates = range.last - range.first + 1n
  if (energyWattHours <= certificates * CERTIFICATE_WATT_HOURS) return null
  return `${energyWattHours} Wh are more than the ${certificates} MWh of the certificates that its range numbers`
}

/** Who may have been named as beneficiary: the entity by its name or its identifier. */
export type Beneficiary = { readonly name: string; readonly lei: string | null }

function faultOf(instrument: Instrument, { name, lei }: Beneficiary, span: Span): string | null {
  const { status, beneficiary, from, to } = instrument
  if (status !== "cancelled" && status !== "claimed") return `it is ${status}, not cancelled or claimed`
  if (beneficiary !== name && (lei === null || beneficiary !== lei))
    return `its beneficiary is "${beneficiary}", and the entity "${name}"`
  // Vintage: what was produced in another period backs no consumption of this one.
  if (from * 1000 < span.fromMs || to * 1000 > span.toMs) return "it was not produced within the period"
  return excessOf(instrument)
}

/** Instruments, of which there is at least one, as the beginning of a sentence. */
export const sayInstruments = ([first, ...more]: readonly Pick<Instrument, "id">[]): string =>
  more.length === 0 ? `instrument ${first?.id} is` : `instrument ${first?.id} and ${more.length} more are`

/** Better evidence first, then the earlier production, then the name: never the order of a file. */
const byWorth = (a: Graded, b: Graded): number =>
  EVIDENCE.indexOf(a.evidence) - EVIDENCE.indexOf(b.evidence) ||
  a.instrument.from - b.instrument.from ||
  (a.instrument.id < b.instrument.id ? -1 : 1)

/** For whom and when instruments are spent, and who else may have spent them. */
export type Inventory = {
  readonly beneficiary: Beneficiary
  readonly span: Span
  /** Why an instrument is spent in another operator's inventory; null: it is not known to be. A registry on chain can say it. */
  readonly elsewhere?: (instrument: Instrument) => string | null
}

/** Instruments that back an inventory, each certificate once: of two that overlap the one of better evidence. */
export function sortInstruments(
  instruments: readonly Instrument[],
  believed: Believed,
  { beneficiary, span, elsewhere = () => null }: Inventory,
): Sorted {
  const graded = instruments.map(
    (instrument): Graded => ({
      ...{ instrument, evidence: evidenceOf(instrument, believed) },
      millijoules: instrument.energyWattHours * MILLIJOULES_PER_WH,
    }),
  )
  const spendable: Graded[] = []
  const refused: { readonly id: string; readonly fault: string }[] = []
  const spentOnce = createSpentOnce()
  for (const one of graded.toSorted(byWorth)) {
    const { instrument } = one
    const fault = faultOf(instrument, beneficiary, span) ?? elsewhere(instrument) ?? spentOnce(instrument)
    if (fault === null) spendable.push(one)
    else refused.push({ id: instrument.id, fault })
  }
  const faults = Map.groupBy(refused, ({ fault }) => fault)
  return { spendable, refused: [...faults].map(([fault, own]) => `${sayInstruments(own)} not counted: ${fault}`) }
}
