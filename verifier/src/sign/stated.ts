import { visibleJson } from "@wattest/protocol"
import { blocksOf } from "../desk/output/blocks.ts"
import { renderLines, sampleSummary } from "../desk/output/lines.ts"
import type { DeskResult } from "../desk/result.ts"
import type { Row } from "../desk/row.ts"
import type { Judgement } from "../judge.ts"
import type { Stated } from "./statement.ts"

function documentsOf({ kind, name, sha256, verdict, evidence }: Row): Stated["documents"] {
  const beside = evidence.map((file) => ({ kind: "evidence" as const, ...file, verdict: null }))
  return [{ kind, name, sha256, verdict }, ...beside]
}

/** What a signer says of many documents. `time`: Unix seconds. */
export function deskStated(result: DeskResult, time: number): Stated {
  const { verifier, policyDigest, policyText, verdict, rows } = result
  return {
    ...{ verifier, policyDigest, policyText, time, verdict, sample: sampleSummary(result) },
    ...{ documents: rows.flatMap(documentsOf), trustedBlocks: blocksOf(rows), report: renderLines(result) },
  }
}

/** What a signer says of one document and its evidence. */
export function singleStated({ kind, model }: Judgement, time: number): Stated {
  const { verifier, policyDigest, policyText, verdict, trustedBlocks } = model
  const judged = kind === "certificate" ? model.documents : [{ ...model, kind }]
  const documents = judged.map((one) => ({
    ...{ kind: one.kind, name: one.name, sha256: one.sha256, verdict: one.verdict },
  }))
  const framed = { verifier, policyDigest, policyText, time, verdict, trustedBlocks }
  return { ...framed, documents, sample: null, report: visibleJson(model) }
}
