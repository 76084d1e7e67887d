import { parseCanonicalJson } from "../encoding/canonical-json.ts"
import { checkMediaType, encodeDocument } from "../encoding/document.ts"
import { array, literal, object, optional, type TypeOf } from "../encoding/shape.ts"
import { anchor, anchorProof, submission } from "./anchor.ts"
import { provenCapture } from "./evidence.ts"
import { deviceKey, fieldElement, runNumber, statement } from "./shapes.ts"
import { vouchDocument } from "./vouch.ts"

export const CERTIFICATE_TYPE = "application/vnd.wattest.certificate.v1+json"

/** Longest certificate, in bytes. */
export const MAX_CERTIFICATE_BYTES = 16 * 1024 * 1024

/** Most runs of one certificate: a job of a year, closed once a day. */
export const MAX_CERTIFICATE_RUNS = 512

/** One run with its statement opened, its ends, and its place on the chain. */
export const certifiedRun = object({
  run: runNumber,
  statement,
  salt: fieldElement,
  capturesRoot: fieldElement,
  firstCapture: provenCapture,
  lastCapture: provenCapture,
  submission,
  anchor,
  proof: optional(anchorProof),
})
export type CertifiedRun = TypeOf<typeof certifiedRun>

/** Most vouch documents of one certificate: a voucher revises his word where boards or meters were exchanged. */
export const MAX_CERTIFICATE_VOUCHES = 16

/** One run, or the consecutive runs of a job. */
export const certificate = object({
  mediaType: literal(CERTIFICATE_TYPE),
  device: deviceKey,
  /** The vouch documents that the runs' contexts name by digest, where their sensors are to be shown. */
  vouchDocuments: optional(array(vouchDocument, { min: 1, max: MAX_CERTIFICATE_VOUCHES })),
  runs: array(certifiedRun, { min: 1, max: MAX_CERTIFICATE_RUNS }),
})
export type Certificate = TypeOf<typeof certificate>

export function encodeCertificate(value: Certificate): Uint8Array {
  return encodeDocument(value)
}

/** Reads an untrusted certificate. Throws a Rejection; `encodeCertificate(parseCertificate(x))` equals x. */
export function parseCertificate(bytes: Uint8Array): Certificate {
  const value = parseCanonicalJson(bytes, MAX_CERTIFICATE_BYTES)
  checkMediaType(value, CERTIFICATE_TYPE)
  return certificate(value, "$")
}
