import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import {
  captureMessage,
  type EvidenceCapture,
  fromHex,
  leafOfCapture,
  parseEvidenceCapture,
  type SignatureCheck,
  toHex,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { type Stand, standOf } from "../books/stand.ts"
import type { Signer } from "../keys/signer.ts"
import { makeFolder, writeDurably } from "../store/durable.ts"
import { type DeviceState, VOID_ROOT } from "./device-log.ts"
import type { RunLabels } from "./run.ts"
import { type JournalledCapture, signedLine } from "./run-journal.ts"

/**
 * Where the books stood after each run: its last capture, signed, in a file of its own; of a run that is open, its first.
 * The device goes on from here and needs no archive. Nobody but its key can make one.
 */
export class Stands {
  readonly #folder: string
  readonly #signer: Signer
  readonly #isSigned: SignatureCheck

  constructor(folder: string, signer: Signer) {
    this.#folder = folder
    this.#signer = signer
    this.#isSigned = nodeSignatures(signer.device)
  }

  /** Signs and keeps a run's first capture and its last, durably; `last` is null while the run is open. */
  async write(run: bigint, first: JournalledCapture, last: JournalledCapture | null): Promise<void> {
    const lines = []
    for (const { leaf, text } of last === null ? [first] : [first, last]) {
      const signature = toHex(await this.#signer.sign(captureMessage(run, BigInt(leaf))))
      lines.push(signedLine(text, signature))
    }
    await makeFolder(this.#folder)
    await writeDurably(this.#path(run), lines)
  }

  /** Null where there is none. Throws where the device did not sign it. */
  async read(run: bigint): Promise<Ended | null> {
    let text: string
    try {
      text = await readFile(this.#path(run), "utf8")
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
      throw error
    }
    const captures = text.trimEnd().split("\n").map(parseEvidenceCapture)
    for (const capture of captures) {
      const message = captureMessage(run, leafOfCapture(capture))
      if (!this.#isSigned(fromHex(capture.signature), message)) throw new Error("the device did not sign it")
    }
    return endedOf(captures)
  }

  /** When the last of these runs ended of which that is known, ms; 0 where none is. */
  async lastEndMs(runs: number): Promise<number> {
    for (let run = runs - 1; run >= 0; run--) {
      const ended = await this.read(BigInt(run))
      if (ended !== null) return ended.timeMs
    }
    return 0
  }

  async remove(run: bigint): Promise<void> {
    await rm(this.#path(run), { force: true })
  }

  #path(run: bigint): string {
    return join(this.#folder, run.toString())
  }
}

/** How a run stood at its last capture, as far as that says it. */
type Ended = {
  readonly timeMs: number
  readonly stand: Stand | null
  /** Labels of a run that did not end properly, with its last capture still to come or without its closing. */
  readonly cut: CutRun | null
  /** Only its first capture is there. */
  readonly isOpen: boolean
}

/** What a run was about that was cut off: the run that bridges the time after it carries the same. */
export type CutRun = Pick<RunLabels, "tags" | "context">

function endedOf(captures: readonly EvidenceCapture[]): Ended {
  const [first, last] = [captures[0], captures.at(-1)]
  if (first === undefined || last === undefined || captures.length > 2) throw new Error("it holds no two captures")
  const { opening } = first.sources
  if (opening === undefined) throw new Error("its first capture is none")
  const { context, ...tags } = opening
  return {
    timeMs: last.timeMs,
    stand: standOf(last.timeMs, last.sources.readings),
    cut: last.sources.closing === undefined ? { tags, context } : null,
    isOpen: captures.length === 1,
  }
}

/** Where the books stand: `lost` where the device has had runs and does not know; `stand` null before the first. */
export type Standing =
  | { readonly stand: Stand | null; readonly cut: CutRun | null; readonly lost: null }
  | { readonly stand: null; readonly cut: null; readonly lost: string }

/**
 * Of the last run that is not void. A void run has no time of its own: where it had begun the books stood at its start,
 * which is the end of the one before.
 */
export async function standingOf({ roots }: Pick<DeviceState, "roots">, stands: Stands): Promise<Standing> {
  for (let run = roots.length - 1; run >= 0; run--) {
    try {
      const ended = await stands.read(BigInt(run))
      // What a void run says of its end counts for nothing.
      if (ended?.stand && (ended.isOpen || roots[run] !== VOID_ROOT))
        return { stand: ended.stand, cut: ended.cut, lost: null }
    } catch (error) {
      return { stand: null, cut: null, lost: `run ${run}: ${(error as Error).message}` }
    }
    if (roots[run] !== VOID_ROOT) return { stand: null, cut: null, lost: `nothing says where run ${run} ended` }
  }
  if (roots.length === 0) return { stand: null, cut: null, lost: null }
  return { stand: null, cut: null, lost: "no run was kept, and nothing says where one began" }
}
