import type { Hex } from "@wattest/protocol"
import type { Queued } from "../store/outbox.ts"

/** A transaction to be: the submission it carries and the ones that lie within it. */
export type Planned = { readonly submission: Queued; readonly covers: readonly number[]; readonly isFirst: boolean }

export type Plan = {
  readonly transactions: readonly Planned[]
  /** Submissions whose runs the latest block holds already. */
  readonly anchored: readonly number[]
}

/** Where a device stands: runs below `chain` are anchored in the latest block, those below `staged` on their way. */
export type DevicePosition = { readonly chain: number; readonly staged: number }

/**
 * Chooses transactions for queued submissions, device by device: always the submission that reaches farthest from
 * where the device stands, so that growing submissions over the same runs cost one transaction.
 */
export function planTransactions(
  queued: readonly Queued[],
  positionOf: (device: Hex, finalRun: number) => DevicePosition,
): Plan {
  const transactions: Planned[] = []
  const anchored: number[] = []
  for (const [device, rows] of Map.groupBy(queued, (row) => row.device)) {
    const { chain, staged } = positionOf(device, rows[0]?.final_run ?? 0)
    anchored.push(...rows.filter(({ end_run }) => end_run <= chain).map(({ seq }) => seq))
    let open = rows.filter(({ end_run }) => end_run > chain)
    for (let at = Math.max(chain, staged); ; ) {
      const submission = farthest(open, at)
      if (!submission) break
      const covered = open.filter(({ end_run }) => end_run <= submission.end_run)
      transactions.push({ submission, covers: covered.map(({ seq }) => seq), isFirst: at === chain })
      open = open.filter(({ end_run }) => end_run > submission.end_run)
      at = submission.end_run
    }
  }
  return { transactions: transactions.toSorted((a, b) => a.submission.seq - b.submission.seq), anchored }
}

function farthest(rows: readonly Queued[], at: number): Queued | undefined {
  return rows
    .filter(({ first_run, end_run }) => first_run <= at && end_run > at)
    .reduce<Queued | undefined>((best, row) => (best && best.end_run >= row.end_run ? best : row), undefined)
}
