import { visibleIn } from "@wattest/protocol"
import { frameLines, trustLines } from "../numbers.ts"
import { checkLines } from "../text.ts"
import type { ExtractModel } from "./model.ts"

/** The report for a terminal. What is said is shown only where every check held. */
export function renderExtractText(model: ExtractModel): string {
  const { name, sha256, verdict, said, checks, trustedBlocks, ...rest } = visibleIn(model)
  const reason = verdict.code === null ? "" : ` ${verdict.code}: ${verdict.sentence}\n  ${verdict.detail}`
  const lines = [
    `${verdict.status.toUpperCase()}${reason}`,
    ...(verdict.change === null ? [] : [`To accept it: ${verdict.change}.`]),
    "",
    ...(said === null ? [] : [said.sentence, ...said.rows.map((row) => `  ${row.name.padEnd(18)} ${row.value}`), ""]),
    ...frameLines(rest),
    ...trustLines(trustedBlocks).map((line) => `  ${line}`),
    "",
    `extract ${name}, SHA-256 ${sha256}: ${verdict.status}`,
    ...checks.flatMap((check) => checkLines(check, (text) => text)),
  ]
  return `${lines.join("\n")}\n`
}
