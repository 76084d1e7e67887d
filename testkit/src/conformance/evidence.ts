import {
  bigIntToBytes,
  encodeEvidenceLine,
  inclusionProof,
  leafOfCapture,
  type OpenedCapture,
  toHex,
} from "@wattest/protocol"
import type { TestDevice } from "./keys.ts"

/** A capture with its way up to the captures' root. */
export function prove(captures: readonly OpenedCapture[], index: number) {
  const siblings = inclusionProof(captures.map(leafOfCapture), index)
  return {
    ...(captures[index] as OpenedCapture),
    siblings: siblings.map((sibling) => toHex(bigIntToBytes(sibling, 32))),
  }
}

/** Evidence of a run, line by line. */
export function evidenceOf(device: TestDevice, run: bigint, captures: readonly OpenedCapture[]): readonly string[] {
  const mediaType = "application/vnd.wattest.evidence.v1+ndjson" as const
  const header = { mediaType, kind: "full" as const, device: device.key, run, captures: captures.length }
  return [encodeEvidenceLine(header), ...captures.map((capture) => encodeEvidenceLine(capture))]
}

/** An excerpt of a run's evidence: these captures with their ways up. */
export function excerptOf(
  device: TestDevice,
  run: bigint,
  captures: readonly OpenedCapture[],
  chosen: readonly number[],
) {
  const mediaType = "application/vnd.wattest.evidence.v1+ndjson" as const
  const header = { mediaType, kind: "excerpt" as const, device: device.key, run, captures: captures.length }
  return [encodeEvidenceLine(header), ...chosen.map((index) => encodeEvidenceLine(prove(captures, index)))]
}
