import { EXTRACT_CATALOGUE, type ExtractCheckId } from "../../extract/catalogue.ts"
import type { ExtractResult } from "../../extract/verify.ts"
import { type Judging, type Named, reportBlock, reportFrame, reportVerdict } from "../build.ts"
import { EXTRACT_REPORT_TYPE, type ExtractModel } from "./model.ts"
import { extractRows, extractSentence } from "./words.ts"

/** The report of an extract. Pure. */
export function extractModel({ name, sha256, bytes, result }: Named<ExtractResult>, judging: Judging): ExtractModel {
  const { verdict, checks, trustedBlocks } = result
  const claim = verdict.status === "valid" ? verdict.claim : null
  return {
    mediaType: EXTRACT_REPORT_TYPE,
    ...{ name, sha256, bytes, verdict: reportVerdict(verdict), ...reportFrame(judging) },
    trustedBlocks: trustedBlocks.map(reportBlock),
    checks: checks.map(({ id, required, verdict: outcome }) => ({
      ...{ id, ...EXTRACT_CATALOGUE[id as ExtractCheckId], required, verdict: reportVerdict(outcome) },
    })),
    said: claim && {
      sentence: extractSentence(claim),
      rows: extractRows(claim.extract).map(([row, value]) => ({ name: row, value })),
    },
    expectations: [],
    findings: [],
  }
}
