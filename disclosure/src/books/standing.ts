import type { DeviceExtract, Hex, LedgerExtract } from "@wattest/protocol"
import type { Entry, ExtractEntry } from "./entry.ts"
import type { Span } from "./period.ts"

/** What the registry holds, as of when (ms), and the document that proves it. */
type Held<T> = { readonly held: T; readonly atMs: number; readonly document: string }

/** A ledger of the entity: what the chain counts in it, and what documents show of it. */
export type LedgerStanding = {
  /** As `ledgerKey` says it. */
  readonly key: string
  readonly operator: Hex
  readonly voucher: Hex
  /** Null: no extract says what it holds. */
  readonly counted: Held<LedgerExtract> | null
  /** Devices that a certificate or an extract names, of whatever period; not those that may have come after it was counted. */
  readonly named: ReadonlySet<Hex>
}

/** What the chain says there is of an operator's books. */
export type Standing = {
  readonly ledgers: readonly LedgerStanding[]
  readonly devices: ReadonlyMap<Hex, Held<DeviceExtract>>
  /** Runs whose anchored root is that of a void run, as `device/run`. */
  readonly voids: ReadonlySet<string>
}

type Books = {
  readonly chainId: number
  readonly registry: Hex
  readonly operator: Hex
  readonly voucher: Hex
}
/** A ledger, with the registry that holds it. */
export const ledgerKey = ({ chainId, registry, operator, voucher }: Books) =>
  `${chainId}/${registry}/${operator}/${voucher}`

/** The ledger in which a run stands. */
export const ledgerOf = (entry: Entry): string => ledgerKey({ ...entry, chainId: entry.block.chainId })

export const runKey = (device: Hex, run: bigint | number): string => `${device}/${run}`

/** Of several extracts of one subject the one of the latest block. */
function latest<T>(held: readonly (readonly [key: string, Held<T>])[]): ReadonlyMap<string, Held<T>> {
  const found = new Map<string, Held<T>>()
  for (const [key, one] of held) if ((found.get(key)?.atMs ?? -1) < one.atMs) found.set(key, one)
  return found
}

/** Extracts of blocks before `asOf`, Unix seconds; null: of all. */
export const extractsBefore = (extracts: readonly ExtractEntry[], asOf: number | null): readonly ExtractEntry[] =>
  extracts.filter(({ block }) => asOf === null || block.timestamp < asOf)

/** What extracts and certificates say of one operator's ledgers and devices. */
export function standingOf(extracts: readonly ExtractEntry[], entries: readonly Entry[], operator: Hex): Standing {
  const own = extracts.filter(({ extract }) => extract.operator === operator)
  const held = <T>(kind: (one: ExtractEntry) => readonly (readonly [string, T])[]) =>
    latest(
      own.flatMap((one) =>
        kind(one).map(
          ([key, what]) =>
            [key, { held: what, atMs: one.block.timestamp * 1000, document: one.document.name }] as const,
        ),
      ),
    )
  const counted = held(({ extract }) => (extract.kind === "ledger" ? [[ledgerKey(extract), extract]] : []))
  const stood = held(({ extract }) => (extract.kind === "device" ? [[extract.device, extract]] : []))
  const books = [
    ...own.map(({ extract, block }) => ({
      ...extract,
      device: extract.kind === "ledger" ? null : extract.device,
      // By when the chain had it.
      since: extract.kind === "device" ? extract.enrolledAt : block.timestamp,
    })),
    ...entries
      .filter((entry) => entry.operator === operator)
      .map(({ block: { chainId, time }, registry, voucher, device }) => ({
        ...{ chainId, registry, operator, voucher, device, since: time },
      })),
  ]
  return {
    ledgers: [...Map.groupBy(books, ledgerKey)].flatMap(([key, same]) => {
      const [first] = same
      if (first === undefined) return []
      const held = counted.get(key) ?? null
      // A device that came later fills no place of one that was counted.
      const known = same.filter(({ since }) => held === null || since * 1000 <= held.atMs)
      const named = new Set(known.flatMap(({ device }) => device ?? []))
      return [{ key, operator, voucher: first.voucher, counted: held, named }]
    }),
    devices: new Map([...stood.values()].map((one) => [one.held.device, one])),
    voids: new Set(
      own.flatMap(({ extract }) =>
        extract.kind === "run" && BigInt(extract.root) === 0n ? [runKey(extract.device, extract.run)] : [],
      ),
    ),
  }
}

/** The part of a period for which the chain has a device in service: from its enrolment, until a retired one's books end. */
export function serviceIn(span: Span, { enrolledAt, retiredRuns, runs, through }: DeviceExtract): Span {
  const endMs = retiredRuns === runs ? through * 1000 : span.toMs
  return { fromMs: Math.max(span.fromMs, enrolledAt * 1000), toMs: Math.min(span.toMs, endMs) }
}
