import type { Facts, ReceiptFact, RunFact, VouchFact } from "../facts.ts"
import { runName } from "../files/kinds.ts"
import type { Compared } from "../row.ts"
import { claimFindings } from "./claims.ts"
import { continuityFindings } from "./continuity.ts"
import { type DeskFinding, deskFinding, type Shown } from "./findings.ts"
import { jobFindings } from "./jobs.ts"
import { sensorFindings } from "./sensors.ts"

function shown<K extends keyof Facts>(judged: readonly Compared[], part: K): readonly Shown<Facts[K][number]>[] {
  return judged.flatMap(({ row, facts }) => facts[part].map((fact) => ({ ...fact, document: row.name })))
}

/** A receipt beside the certificates of its runs. */
function receiptFindings(
  receipt: Shown<ReceiptFact>,
  runs: ReadonlyMap<string, readonly Shown<RunFact>[]>,
): readonly DeskFinding[] {
  const { device, firstRun, roots, document } = receipt
  const certified = roots.flatMap((root, i) =>
    (runs.get(runName(device, firstRun + BigInt(i))) ?? []).map((run) => ({ run, root })),
  )
  if (certified.length === 0) {
    const detail = `device ${device}, runs ${firstRun} to ${firstRun + BigInt(roots.length) - 1n}`
    return [deskFinding("RECEIPT_UNUSED", detail, [document])]
  }
  const other = certified.find(({ run, root }) => run.root !== root)
  if (other === undefined) return []
  return [deskFinding("RECEIPT_DIFFERS", `device ${device}, run ${other.run.run}`, [document, other.run.document])]
}

/** Vouch documents by themselves that no shown run names. */
function unusedVouches(judged: readonly Compared[], runs: readonly RunFact[]): readonly DeskFinding[] {
  const named = new Set(runs.map(({ vouchDocument }) => vouchDocument))
  const alone = shown(
    judged.filter(({ row }) => row.kind === "vouch"),
    "vouches",
  )
  return alone
    .filter(({ digest }) => !named.has(digest))
    .map(({ digest, device, document }: Shown<VouchFact>) =>
      deskFinding("VOUCH_UNUSED", `device ${device}, document ${digest}`, [document]),
    )
}

/** What all documents together show. Only what a valid verdict proves is compared. */
export function acrossDocuments(judged: readonly Compared[]): readonly DeskFinding[] {
  const runs = shown(judged, "runs")
  const byName = Map.groupBy(runs, ({ device, run }) => runName(device, run))
  return [
    ...continuityFindings(runs),
    ...jobFindings(judged),
    ...sensorFindings(runs, shown(judged, "vouches")),
    ...claimFindings(shown(judged, "claims")),
    ...shown(judged, "receipts").flatMap((receipt) => receiptFindings(receipt, byName)),
    ...unusedVouches(judged, runs),
  ]
}
