import { bytesToBigInt, fromHex } from "../encoding/bytes.ts"
import { documentText, parseCanonicalText } from "../encoding/canonical-json.ts"
import { checkMediaType } from "../encoding/document.ts"
import { array, integer, literal, object, oneOf, optional, type TypeOf } from "../encoding/shape.ts"
import { fieldOfDocument } from "../encoding/text.ts"
import { leafOf, type Reading } from "../run/capture.ts"
import { captureSources } from "../run/sources.ts"
import { deviceKey, fieldElement, gauges, registers, runNumber, signature, timeMs } from "./shapes.ts"

export const EVIDENCE_TYPE = "application/vnd.wattest.evidence.v1+ndjson"

/** Longest line of evidence, in UTF-16 units. */
export const MAX_EVIDENCE_LINE = 4 * 1024 * 1024

/** First line of evidence. `full` holds every capture in order, `excerpt` chosen ones with inclusion proofs. */
export const evidenceHeader = object({
  mediaType: literal(EVIDENCE_TYPE),
  kind: oneOf(["full", "excerpt"]),
  device: deviceKey,
  run: runNumber,
  captures: integer(1, 2 ** 32 - 1),
})
export type EvidenceHeader = TypeOf<typeof evidenceHeader>

const openedFields = {
  sequence: integer(0, 2 ** 32 - 1),
  registers,
  gauges,
  timeMs,
  sources: captureSources,
  salt: fieldElement,
  signature,
}

/** A capture with everything that its leaf hashes and the device's signature over it. */
export const openedCapture = object(openedFields)
export type OpenedCapture = TypeOf<typeof openedCapture>

const siblings = array(fieldElement, { max: 32 })

/** A capture with its way up to the captures' root. */
export const provenCapture = object({ ...openedFields, siblings })
export type ProvenCapture = TypeOf<typeof provenCapture>

/** A line of evidence after the first. */
export const evidenceCapture = object({ ...openedFields, siblings: optional(siblings) })
export type EvidenceCapture = TypeOf<typeof evidenceCapture>

/** One line of NDJSON, with its line feed. */
export function encodeEvidenceLine(value: EvidenceHeader | EvidenceCapture): string {
  return `${documentText(value)}\n`
}

export function parseEvidenceHeader(line: string): EvidenceHeader {
  const value = parseCanonicalText(line)
  checkMediaType(value, EVIDENCE_TYPE)
  return evidenceHeader(value, "header")
}

export function parseEvidenceCapture(line: string): EvidenceCapture {
  return evidenceCapture(parseCanonicalText(line), "capture")
}

/** The reading that a capture's first four words encode. */
export function readingOf(capture: OpenedCapture): Reading {
  const { registers, gauges, timeMs, sequence } = capture
  return { registers, gauges, timeMs, sequence }
}

/** The leaf that an opened capture gives. Throws NUMBER_OUT_OF_RANGE where its salt is no element of the field. */
export function leafOfCapture(capture: OpenedCapture): bigint {
  return leafOf(readingOf(capture), fieldOfDocument(capture.sources), bytesToBigInt(fromHex(capture.salt)))
}
