import { grid } from "@wattest/command"
import { visible } from "@wattest/protocol"
import { formatTime, trustLines } from "../report/numbers.ts"
import type { SignedResult } from "./verify.ts"

/** A signed report for people. What it says is shown only where its signature holds. */
export function renderSigned({ verdict, signer, statement }: SignedResult): string {
  const { status, code, sentence, detail } = verdict
  const reason = code === null ? "" : ` ${code}: ${sentence} (${detail})`
  const head = visible(`${status.toUpperCase()}${reason}`)
  if (statement === null) return `${head}\n`
  const { time, verifier, policy, documents, trustedBlocks } = statement
  const lines = [
    "",
    `This is the word of the signer ${signer}, given for ${formatTime(time * 1000)} with verifier ${verifier}.`,
    `judged under policy ${policy.digest}, which is yours`,
    ...trustLines(trustedBlocks).map((line) => `  ${line}`),
    "",
  ]
  const rows = documents.map(({ kind, name, sha256, verdict: judged }) => [
    judged?.status ?? "–",
    kind,
    name,
    sha256 ?? "not read",
  ])
  return `${head}\n${lines.map(visible).join("\n")}\n${grid(["verdict", "kind", "document", "SHA-256"], rows)}`
}
