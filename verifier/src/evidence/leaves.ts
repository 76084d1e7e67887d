import {
  bytesToBigInt,
  type CertifiedRun,
  captureMessage,
  check,
  createRunTree,
  type EvidenceCapture,
  fromHex,
  leafOfCapture,
  rootFromInclusionProof,
  type SignatureCheck,
} from "@wattest/protocol"
import { BATCH_CAPTURES, createBatchBuilder, sourcesTextOf } from "./capture-batch.ts"
import type { BatchOutcome, CaptureEngine } from "./capture-engine.ts"

/** Checks that the device signed each capture and that its leaf lies under the captures' root. */
export interface LeafCheck {
  /**
   * Takes the next capture and the line that it was read from. Null: go on; otherwise wait, or memory grows with the
   * evidence. Refusals may come late, but always the first one, in the order of the captures.
   */
  add(capture: EvidenceCapture, line: string): Promise<void> | null
  /** Resolves once every capture taken so far has held. Throws the refusal of the first that did not. */
  settle(): Promise<void>
  /** After `settle`: throws unless the captures are all of the run. */
  end(): void
}

/** Batches that may be under way at once: enough to keep every thread busy, few enough to bound memory. */
const MOST_UNDERWAY = 24

/**
 * How many captures the batch from `first` on holds: doubling up to a full one, so that a few lines show whether the
 * device signed the evidence at all, and never more than fill a subtree that begins there.
 */
const batchSizeFrom = (first: number): number => (first >= BATCH_CAPTURES ? BATCH_CAPTURES : Math.max(1, first))

type RunTree = ReturnType<typeof createRunTree>
type Underway = { readonly first: number; readonly outcome: Promise<BatchOutcome> }

/** Puts a batch's leaves into the tree. Throws CAPTURE_SIGNATURE_INVALID. */
async function settleBatch({ append }: RunTree, { first, outcome }: Underway): Promise<void> {
  const { unsigned, subtrees } = await outcome
  check(unsigned === null, "CAPTURE_SIGNATURE_INVALID", () => `capture ${first + (unsigned ?? 0)}`)
  for (const { node, height } of subtrees) append(bytesToBigInt(node), height)
}

function checkWhole(
  tree: RunTree,
  { statement, capturesRoot }: Pick<CertifiedRun, "statement" | "capturesRoot">,
): void {
  const size = tree.size()
  const named = `${size} captures, the statement names ${statement.captures}`
  check(size === statement.captures, "CAPTURE_COUNT_MISMATCH", named)
  check(tree.root() === BigInt(capturesRoot), "CAPTURES_ROOT_MISMATCH", `${size} captures`)
}

/** Every capture of the run, in order, batch by batch. Throws CAPTURE_SIGNATURE_INVALID and the codes of `end`. */
export function createFullLeafCheck({ statement, capturesRoot }: CertifiedRun, engine: CaptureEngine): LeafCheck {
  const builder = createBatchBuilder()
  const tree = createRunTree()
  const underway: Underway[] = []
  let refusal: { readonly error: unknown } | null = null
  const submit = () => {
    const batch = builder.take()
    const outcome = engine.check(batch)
    // Whoever waits for it hears of a failure; after a refusal nobody does.
    outcome.catch(() => undefined)
    underway.push({ first: batch.first, outcome })
  }
  const conclude = async () => {
    if (refusal !== null) throw refusal.error
    const oldest = underway.shift()
    if (oldest === undefined) return
    await settleBatch(tree, oldest).catch((error: unknown) => {
      refusal = { error }
      throw error
    })
  }
  return {
    add(capture, line) {
      check(capture.siblings === undefined, "FIELD_UNKNOWN", "full evidence has no inclusion proofs")
      builder.add(capture, engine.digest(sourcesTextOf(line, capture)))
      const next = capture.sequence + 1
      if (builder.size() < batchSizeFrom(next - builder.size())) return null
      submit()
      if (next > BATCH_CAPTURES && underway.length <= MOST_UNDERWAY) return null
      const concluded = conclude()
      // Where another check refuses the capture first nobody waits for it; `settle` says the refusal all the same.
      concluded.catch(() => undefined)
      return concluded
    },
    async settle() {
      if (builder.size() > 0) submit()
      do await conclude()
      while (underway.length > 0)
    },
    end: () => checkWhole(tree, { statement, capturesRoot }),
  }
}

/** Chosen captures, each with its own way up. Throws CAPTURE_SIGNATURE_INVALID, CAPTURE_NOT_INCLUDED, FIELD_MISSING. */
export function createExcerptLeafCheck(
  { run, statement, capturesRoot }: CertifiedRun,
  isSigned: SignatureCheck,
): LeafCheck {
  return {
    add(capture) {
      const { siblings, sequence } = capture
      check(siblings !== undefined, "FIELD_MISSING", `capture ${sequence} of an excerpt has no inclusion proof`)
      const leaf = leafOfCapture(capture)
      const holds = isSigned(fromHex(capture.signature), captureMessage(run, leaf))
      check(holds, "CAPTURE_SIGNATURE_INVALID", `capture ${sequence}`)
      const root = rootFromInclusionProof(leaf, sequence, statement.captures, siblings.map(BigInt))
      check(root === BigInt(capturesRoot), "CAPTURE_NOT_INCLUDED", `capture ${sequence} leads to another root`)
      return null
    },
    async settle() {},
    end() {},
  }
}
