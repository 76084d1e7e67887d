export { openArchive, type RunArchive } from "./archive/run-archive.ts"
export { type CertificateRequest, createCertificate } from "./certificate/create-certificate.ts"
export { createExcerpt, type ExcerptRequest } from "./certificate/create-excerpt.ts"
export { archivedReceipts, type ReceiptSource, receiptFiles, relayedReceipts } from "./certificate/receipts.ts"
export { type LedgerPeriod, type LedgerReader, openLedgerReader } from "./chain/ledger-reader.ts"
export { type ChosenRequest, createChosenPresentation } from "./claims/create-chosen.ts"
export { createPresentation, type PresentationRequest, type Progress } from "./claims/create-presentation.ts"
export { type Published, type PublishRequest, publishClaim } from "./claims/publish.ts"
export {
  type ClaimSubject,
  type ClaimTerms,
  readSubject,
  readTerms,
  type WrittenSubject,
  type WrittenTerms,
} from "./claims/terms.ts"
export { CIRCUITS, type Circuit, readVerificationKey, verificationKeyOf } from "./proving/key-folder.ts"
export { createProverPool, type PoolSettings, type ProverPool } from "./proving/prover-pool.ts"
export { REFUSALS, Refusal, type RefusalCode } from "./refusal.ts"
