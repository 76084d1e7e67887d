import { CERTIFICATE_TYPE, EVIDENCE_TYPE, PRESENTATION_TYPE } from "@wattest/protocol"
import { POLICY_TYPE } from "../src/index.ts"

export type Kind = "certificate" | "evidence" | "presentation" | "policy"

const KINDS: readonly (readonly [mediaType: string, kind: Kind])[] = [
  [CERTIFICATE_TYPE, "certificate"],
  [EVIDENCE_TYPE, "evidence"],
  [PRESENTATION_TYPE, "presentation"],
  [POLICY_TYPE, "policy"],
]

const SNIFFED_BYTES = 64 * 1024
const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b

/**
 * What a file says it is, by the media type that it holds; null for none of ours. A certificate names its type behind
 * its device, a header line of evidence at most a few hundred bytes in, a written policy anywhere near its top or end.
 */
export async function kindOf(file: File): Promise<Kind | null> {
  const head = new Uint8Array(await file.slice(0, SNIFFED_BYTES).arrayBuffer())
  // Of ours only evidence is ever compressed.
  if (isGzip(head)) return "evidence"
  const tail = await file.slice(Math.max(0, file.size - SNIFFED_BYTES)).text()
  const text = new TextDecoder().decode(head)
  const found =
    KINDS.find(([mediaType]) => text.includes(`"${mediaType}"`)) ?? KINDS.find(([type]) => tail.includes(`"${type}"`))
  return found?.[1] ?? null
}
