import type {
  AnchorProof,
  Certificate,
  CertifiedRun,
  Hex,
  OpenedCapture,
  Submission,
  VouchDocument,
} from "@wattest/protocol"
import type { Policy } from "@wattest/verifier"
import type { BlockSpec, TestBlock, TestLog, TestReceipt } from "./chain.ts"
import type { TestDevice } from "./keys.ts"
import type { Closing, Labels, Metering, Unsigned } from "./readings.ts"

/** A statement as documents hold it. */
export type StatementDocument = CertifiedRun["statement"]

/**
 * What happens in a case, and where the adversary interferes: each hook changes what the next step builds on, so that a
 * case can be wrong in one place and right everywhere else.
 */
export type Story = {
  readonly device?: TestDevice
  /** With those that are void. */
  readonly runs?: number
  /** Runs that are void, and what of the device's time and energy is lost in them: of an honest device nothing. */
  readonly voids?: readonly { readonly run: bigint; readonly ms?: number; readonly millijoules?: bigint }[]
  readonly captures?: number
  /** When run 0 begins; {@link START_MS} where absent. */
  readonly startMs?: number
  /** Added to the numbers of this device's own blocks, where several devices share a chain. */
  readonly blocksLater?: bigint
  readonly chainId?: number
  readonly registry?: Hex
  readonly operator?: Hex
  readonly voucher?: Hex
  /** Tags and context, as opening and statement of a run bind them. */
  readonly labels?: (labels: Labels, run: bigint) => Labels
  /** What the voucher finds; its digest is what runs and chain name. */
  readonly vouch?: (document: VouchDocument) => VouchDocument
  /** Digest that the chain's vouch names, and those that revisions of it name. */
  readonly vouched?: Hex
  readonly revised?: readonly Hex[]
  readonly sensors?: Metering["sensors"]
  readonly timeOf?: Metering["timeOf"]
  /** What the device makes of its measurements, before it signs. */
  readonly reading?: (capture: Unsigned, run: bigint) => Unsigned
  /** A signed capture, before it goes under the root. */
  readonly capture?: (capture: OpenedCapture, run: bigint) => OpenedCapture
  readonly statement?: (statement: StatementDocument, run: bigint) => StatementDocument
  /** Roots before the device signs them. */
  readonly roots?: (roots: readonly Hex[]) => readonly Hex[]
  /** The minute that the device tells, before it signs. */
  readonly through?: (through: number) => number
  readonly submission?: (submission: Submission) => Submission
  /** The minute that the anchoring submission told; the document's where absent. */
  readonly anchoredThrough?: (through: number) => number
  /** Where the device enrolled to meter, as the protocol numbers it; node where absent. */
  readonly enrolledBoundary?: bigint
  readonly logs?: (logs: readonly TestLog[], kind: "vouched" | "enrolled" | "anchored") => readonly TestLog[]
  readonly receipts?: (receipts: readonly TestReceipt[]) => readonly TestReceipt[]
  readonly block?: (block: BlockSpec) => BlockSpec
  /** Unix seconds from which the vouch is withdrawn in the state that is proved. */
  readonly withdrawnSince?: bigint
  /** Unix seconds of the block with the vouch; a minute before the first run where absent. */
  readonly vouchedAt?: number
  /** `other`: of the number of a listed block, but not that block; `unlisted`: of a number that the policy does not list. */
  readonly beacon?: "none" | "block" | "other" | "unlisted"
  /** Unix seconds of the block that openings name; ten minutes before the first run where absent. */
  readonly beaconedAt?: number
  /** Unix seconds of the block that closings name; the first run's start where absent. */
  readonly closedAt?: number
  /** What the last capture closes with; undefined where the run was cut off. */
  readonly closing?: (closing: Closing) => Closing | undefined
  readonly proof?: (proof: AnchorProof) => AnchorProof | undefined
  readonly certificate?: (certificate: Certificate) => unknown
  readonly policy?: (policy: Policy) => Policy
}

export type Told = {
  readonly certificate: unknown
  readonly policy: Policy
  /** Full evidence of each run, a header line and then a line for each capture. */
  readonly evidence: readonly (readonly string[])[]
  readonly captures: readonly (readonly OpenedCapture[])[]
  readonly device: TestDevice
  readonly blocks: readonly TestBlock[]
}

export const START_MS = 1_790_000_000_000
/** The block that openings name. */
export const BEACON_BLOCK = 90n
/** The block that closings name. */
export const CLOSING_BLOCK = 95n
export const VOUCH_BLOCK = 98n
export const ENROL_BLOCK = 99n
export const FIRST_ANCHOR_BLOCK = 100n

export type Scene = Required<Pick<Story, "chainId" | "registry" | "operator" | "voucher">> & {
  readonly story: Story
  readonly device: TestDevice
  readonly beaconBlock: TestBlock
  readonly closingBlock: TestBlock
  readonly document: VouchDocument
}

export type Run = {
  readonly run: bigint
  readonly captures: readonly OpenedCapture[]
  readonly statement: StatementDocument
  readonly salt: bigint
  readonly capturesRoot: bigint
  readonly root: Hex
}
