export * from "./catalogue.ts"
export type { AnchoredRun, CertificateClaim } from "./certificate/claim.ts"
export { type CertificateResult, verifyCertificate } from "./certificate/verify.ts"
export { PRESENTATION_CATALOGUE, type PresentationCheckId } from "./claims/catalogue.ts"
export { type Walk, walkClaim, wholeOf } from "./claims/chains.ts"
export { checkProofs, type ProofCase } from "./claims/groth16.ts"
export { checkpointSlots, ledgerSlot } from "./claims/registry-slots.ts"
export { limitsOf, sentenceOf } from "./claims/sentence.ts"
export { type PresentationResult, type ProvenClaim, verifyPresentation } from "./claims/verify-presentation.ts"
export type { CaptureBatch } from "./evidence/capture-batch.ts"
export {
  type BatchOutcome,
  type CaptureEngine,
  type CaptureEngineFactory,
  type CaptureOrigin,
  createLocalEngine,
} from "./evidence/capture-engine.ts"
export type { ByteStream } from "./evidence/lines.ts"
export { type EvidenceClaim, type EvidenceOptions, type EvidenceResult, verifyEvidence } from "./evidence/verify.ts"
export { createWebEngine } from "./evidence/web-engine.ts"
export * from "./measure/catalogue.ts"
export type { Interval, PhaseTotal } from "./measure/curve.ts"
export type { Quantity, Totals } from "./measure/totals.ts"
export * from "./policy.ts"
export { FINDING_CODES, type Finding, type FindingCode, SEVERITIES, type Severity } from "./quality/findings.ts"
export * from "./readers.ts"
export { renderHtml, renderReport } from "./report/html.ts"
export * from "./report/model.ts"
export { reportShape } from "./report/schema.ts"
export { REPORT_STYLE } from "./report/style.ts"
export { renderText } from "./report/text.ts"
export { createRpcReader } from "./rpc/reader.ts"
export * from "./verdict.ts"
export { verdictOfWhole, type WholeClaim } from "./whole.ts"
