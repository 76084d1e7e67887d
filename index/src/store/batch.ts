import { type Hex, ledgerIdOf } from "@wattest/protocol"
import { type ChainTally, tallyText } from "../books/tally.ts"
import { boundaryName, type PlacedFact } from "../chain/facts.ts"
import type { AnchorRow, BlockRow, EnrolmentRow, RetirementRow, TallyRow, VouchRow, WithdrawalRow } from "./schema.ts"

/** A tally that the batch's events touched, as it is at the batch's end, and the event that opened it. */
export type TouchedTally = { readonly operator: Hex; readonly number: bigint; readonly state: ChainTally }

/** What the blocks after the cursor say, up to the last of `blocks`. */
export type Batch = {
  readonly blocks: readonly BlockRow[]
  readonly facts: readonly PlacedFact[]
  readonly tallies: readonly TouchedTally[]
}

/** A batch as rows of the store. */
export type BatchRows = {
  readonly blocks: readonly BlockRow[]
  readonly vouches: readonly VouchRow[]
  readonly enrolments: readonly EnrolmentRow[]
  readonly anchors: readonly AnchorRow[]
  readonly withdrawals: readonly WithdrawalRow[]
  readonly retirements: readonly RetirementRow[]
  readonly tallies: readonly TallyRow[]
}

export function rowsOf({ blocks, facts, tallies }: Batch): BatchRows {
  const times = new Map(blocks.map(({ number, time }) => [number, time]))
  const rows = {
    ...{ blocks, vouches: [] as VouchRow[], enrolments: [] as EnrolmentRow[], anchors: [] as AnchorRow[] },
    ...{ withdrawals: [] as WithdrawalRow[], retirements: [] as RetirementRow[] },
  }
  const opened = new Map<string, { readonly block: number; readonly log: number; readonly time: number }>()
  for (const { block, log, fact } of facts) {
    const place = { block, log, time: times.get(block) ?? 0 }
    switch (fact.kind) {
      case "anchored":
        rows.anchors.push(anchorRow(fact, place))
        break
      case "vouched":
      case "revised": {
        const { kind, ...said } = fact
        rows.vouches.push({ ...said, revision: kind === "revised" ? 1 : 0, ...place })
        break
      }
      case "enrolled":
        rows.enrolments.push(enrolmentRow(fact, place))
        break
      case "withdrawn": {
        const { kind, since, ...said } = fact
        rows.withdrawals.push({ ...said, since: Number(since), ...place })
        break
      }
      case "retired":
        rows.retirements.push({ device: fact.device, runs: Number(fact.runs), ...place })
        break
      case "tally": {
        const name = `${fact.operator} ${fact.number}`
        if (!opened.has(name)) opened.set(name, place)
      }
    }
  }
  const placed = (tally: TouchedTally) => opened.get(`${tally.operator} ${tally.number}`) ?? NOWHERE
  return { ...rows, tallies: tallies.map((tally) => tallyRow(tally, placed(tally))) }
}

type When = { readonly block: number; readonly log: number; readonly time: number }

/** A tally that another event than its own touched keeps the place that it has. */
const NOWHERE: When = { block: 0, log: 0, time: 0 }

type FactOf<Kind> = Extract<PlacedFact["fact"], { readonly kind: Kind }>

function anchorRow({ kind, run, position, through, transaction, ...said }: FactOf<"anchored">, place: When): AnchorRow {
  const counts = { run: Number(run), position: Number(position), through: Number(through) }
  return { ...said, ...counts, transaction_hash: transaction, ...place }
}

function enrolmentRow({ kind, scheme, boundary, ...said }: FactOf<"enrolled">, place: When): EnrolmentRow {
  const ledger = ledgerIdOf(said.operator, said.voucher)
  return { ...said, ledger, scheme: Number(scheme), boundary: boundaryName(boundary), ...place }
}

function tallyRow({ operator, number, state }: TouchedTally, place: When): TallyRow {
  const { terms, closedAt, suspect } = state
  return {
    ...{ operator, number: Number(number) },
    ...{ opens: Number(terms.from), ends: Number(terms.to), as_of: Number(terms.asOf) },
    ...{ closed: closedAt === 0n ? null : Number(closedAt), suspect: suspect ? 1 : 0 },
    document: tallyText(state),
    ...place,
  }
}
