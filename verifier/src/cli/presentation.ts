import { writeFile } from "node:fs/promises"
import type { Context } from "@wattest/command"
import { visibleJson } from "@wattest/protocol"
import { presentationReport, renderPresentation } from "../claims/report.ts"
import { renderPresentationHtml } from "../claims/report-html.ts"
import { verifyPresentation } from "../claims/verify-presentation.ts"
import type { Policy } from "../policy.ts"
import type { Readers } from "../readers.ts"
import { EXIT_CODES } from "../verdict.ts"

type Judged = {
  readonly name: string
  readonly bytes: Uint8Array
  /** Where the report goes as a file of its own, if anywhere. */
  readonly html: string | undefined
}
type World = { readonly policy: Policy; readonly readers: Readers }

/** Judges a presentation, prints the result and gives the exit code of the verdict. */
export async function judgePresentation(
  judged: Judged,
  { policy, readers }: World,
  { json, terminal }: Context,
): Promise<number> {
  const { name, bytes, html } = judged
  const result = await verifyPresentation(bytes, policy, readers)
  if (html !== undefined) await writeFile(html, renderPresentationHtml(name, result))
  terminal.print(json ? visibleJson(presentationReport(name, result)) : renderPresentation(name, result))
  return EXIT_CODES[result.verdict.status]
}
