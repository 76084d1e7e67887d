export { openArchive, type RunArchive } from "./archive/run-archive.ts"
export { type CertificateRequest, createCertificate } from "./certificate/create-certificate.ts"
export { createExcerpt, type ExcerptRequest } from "./certificate/create-excerpt.ts"
export { archivedReceipts, type ReceiptSource, receiptFiles, relayedReceipts } from "./certificate/receipts.ts"
export { checkRecord } from "./certificate/self-check.ts"
export { type LedgerPeriod, type LedgerReader, openLedgerReader } from "./chain/ledger-reader.ts"
export { type BoundRequest, createBound, runsOf } from "./claims/create-bound.ts"
export { type ChosenRequest, createChosenPresentation } from "./claims/create-chosen.ts"
export { createJoin, type JoinRequest } from "./claims/create-join.ts"
export { createTally, type Progress, type Prospect, type TallyRequest } from "./claims/create-tally.ts"
export { noJournal, openJournal, type ProofJournal } from "./claims/journal.ts"
export { openingOfRecord } from "./claims/open-runs.ts"
export { type PresentRequest, presentPublished } from "./claims/present.ts"
export { type Published, type PublishRequest, publishPresentation } from "./claims/publish.ts"
export { createRootHasher, type RootHasher } from "./claims/root-hasher.ts"
export { encodeTallyFile, parseTallyFile, type TallyFile } from "./claims/tally-file.ts"
export {
  readBound,
  readSubject,
  readTerms,
  type TallySubject,
  type TallyTerms,
  type WrittenBound,
  type WrittenClosing,
  type WrittenFilters,
  type WrittenTerms,
} from "./claims/terms.ts"
export { CIRCUITS, type Circuit, readVerificationKey, verificationKeyOf } from "./proving/key-folder.ts"
export { createProverPool, type PoolSettings, type ProverPool } from "./proving/prover-pool.ts"
export { findRapidsnark } from "./proving/rapidsnark.ts"
export { type Board, type BoardSettings, openBoard } from "./queue/board.ts"
export { createQueuePool, type QueuePoolSettings } from "./queue/queue-pool.ts"
export { newWorkerKey, seal, unseal, type WorkerKey } from "./queue/sealed.ts"
export { REFUSALS, Refusal, type RefusalCode } from "./refusal.ts"
