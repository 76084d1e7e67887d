import { ledgerIdOf, type RegistryReference } from "@wattest/protocol"
import { boundaryName, type PlacedFact } from "../chain/facts.ts"
import type {
  AnchorRow,
  BlockRow,
  BoundRow,
  EnrolmentRow,
  RetirementRow,
  TallyRow,
  VouchRow,
  WithdrawalRow,
} from "./schema.ts"
import { boundRows, type TouchedTally, tallyRow } from "./tally-rows.ts"

/** What the blocks after the cursor say, up to the last of `blocks`. */
export type Batch = {
  readonly blocks: readonly BlockRow[]
  readonly facts: readonly PlacedFact[]
  readonly tallies: readonly TouchedTally[]
  readonly target: RegistryReference
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
  readonly bounds: readonly BoundRow[]
}

export function rowsOf({ blocks, facts, tallies, target }: Batch): BatchRows {
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
  const placed = ({ operator, number }: TouchedTally) => opened.get(`${operator} ${number}`) ?? NOWHERE
  return {
    ...rows,
    tallies: tallies.map((tally) => ({ ...tallyRow(tally), ...placed(tally) })),
    bounds: tallies.flatMap((tally) => boundRows(tally, tallies, target)),
  }
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
