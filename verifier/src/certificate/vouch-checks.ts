import {
  type CertifiedRun,
  check,
  GRADES,
  type Hex,
  isAsVouched,
  type VouchDocument,
  vouchDigest,
  vouchedGrade,
} from "@wattest/protocol"
import { Undetermined } from "../verdict.ts"
import type { Subject } from "./subject.ts"

function checkAsFound(run: CertifiedRun, document: VouchDocument): void {
  const { boundary, origin, fed, energyGrade, context } = run.statement
  const same = (holds: boolean, detail: string) => check(holds, "VOUCH_DOCUMENT_MISMATCH", `run ${run.run}: ${detail}`)
  same(boundary === document.boundary, `metered at ${boundary}, vouched for as ${document.boundary}`)
  same(origin === document.origin, `${origin}, vouched for as ${document.origin}`)
  const isVouched = isAsVouched(context.metering, document)
  const isTrue = fed.includes("inventory") === isVouched
  check(isTrue, "FED_MISMATCH", `run ${run.run}: its sensors are ${isVouched ? "" : "not "}exactly the vouched ones`)
  const best = vouchedGrade(context.metering, document)
  const holds = GRADES.indexOf(energyGrade) >= GRADES.indexOf(best)
  check(holds, "GRADE_UNDERSTATED", `run ${run.run}: energy is ${best} at best by its vouch document`)
}

/** The documents are of this device and named by its runs, and the runs are as they say. Every run's must be there. */
export function checkVouchDocuments({ certificate: { runs, vouchDocuments = [] }, device }: Subject): void {
  const named = new Set(runs.map(({ statement }) => statement.context.vouchDocument))
  const shown = new Map<Hex | null, VouchDocument>()
  for (const document of vouchDocuments) {
    const digest = vouchDigest(document)
    check(document.device === device, "VOUCH_DOCUMENT_MISMATCH", `document ${digest} is of device ${document.device}`)
    check(named.has(digest), "VOUCH_DOCUMENT_MISMATCH", `no run names the document ${digest}`)
    shown.set(digest, document)
  }
  for (const run of runs) {
    const document = shown.get(run.statement.context.vouchDocument)
    if (document !== undefined) checkAsFound(run, document)
  }
  const open = runs.find(({ statement }) => !shown.has(statement.context.vouchDocument))
  if (open !== undefined) throw new Undetermined("PROOF_ABSENT", `run ${open.run}: its vouch document is not shown`)
}
