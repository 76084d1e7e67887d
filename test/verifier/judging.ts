import { type Certificate, encodeDocument, parseCertificate } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { type Story, type Told, tell } from "@wattest/testkit/conformance/story"
import {
  type CertificateResult,
  type ChainReader,
  type EvidenceResult,
  type Policy,
  type Readers,
  Undetermined,
  verifyCertificate,
  verifyEvidence,
} from "@wattest/verifier"

export const OFFLINE: Readers = { signatures: nodeSignatures, chain: null }

/** Tells a story and judges the certificate that comes of it. */
export async function judge(story: Story, readers = OFFLINE): Promise<CertificateResult> {
  const { certificate, policy } = tell(story)
  return verifyCertificate(encodeDocument(certificate), policy, readers)
}

/** The code of a verdict, or "valid". */
export function codeOf({ verdict }: CertificateResult | EvidenceResult): string {
  return verdict.status === "valid" ? "valid" : verdict.code
}

/** Checks that did not hold, with their codes. */
export function failuresOf({ checks }: CertificateResult | EvidenceResult): { [id: string]: string } {
  return Object.fromEntries(
    checks.flatMap(({ id, verdict }) => (verdict.status === "valid" ? [] : [[id, verdict.code]])),
  )
}

/** Asks for these blocks as if nodes told of them; the chain ends at block 1000 and has nothing else before it. */
export function readerOf(blocks: Told["blocks"]): ChainReader {
  return {
    async blockAt(_, number) {
      if (number > 1000n) throw new Undetermined("NOT_FINALIZED", `block ${number}`)
      const block = blocks.find((candidate) => candidate.number === number)
      return block === undefined ? null : { hash: block.hash, timestamp: block.timestamp }
    },
  }
}

/** The policy with a node in place of listed blocks. */
export function askingNodes(policy: Policy): Policy {
  const chains = policy.chains.map((chain) => ({ ...chain, trustedBlocks: [], rpcs: ["http://127.0.0.1"] }))
  return { ...policy, chains }
}

export async function* piecesOf(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Judges lines of evidence against an honest certificate. */
export async function judgeLines(lines: readonly string[], story: Story = {}): Promise<EvidenceResult> {
  const { certificate, policy } = tell(story)
  const parsed: Certificate = parseCertificate(encodeDocument(certificate))
  const bytes = new TextEncoder().encode(lines.join(""))
  return verifyEvidence(piecesOf(bytes, 4096), parsed, { policy, readers: OFFLINE })
}
