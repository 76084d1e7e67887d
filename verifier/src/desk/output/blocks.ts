import type { ReportBlock } from "../../report/model.ts"
import type { Row } from "../row.ts"

/** Each block that anything here rests on, once. */
export function blocksOf(rows: readonly Row[]): readonly ReportBlock[] {
  const blocks = rows.flatMap(({ report }) => report?.trustedBlocks ?? [])
  return [...new Map(blocks.map((block) => [`${block.chainId}/${block.number}/${block.by}`, block])).values()]
}
