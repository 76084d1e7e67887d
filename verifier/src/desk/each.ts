import { readAtMost } from "@wattest/command"
import { MAX_PRESENTATION_BYTES } from "@wattest/protocol"
import type { Judgement } from "../judge.ts"
import type { Policy } from "../policy.ts"
import { evidenceByRun, sortFiles } from "./desk.ts"
import { judgeBeside } from "./judge-file.ts"
import { worldFor } from "./task.ts"

/** A certificate or a presentation, and the verdict on it with the evidence that lies beside it. */
export type JudgedDocument = { readonly name: string; readonly judgement: Judgement }

export type EachRequest = {
  readonly paths: readonly string[]
  readonly policy: Policy
  readonly offline: boolean
  /** Time for the questions of one document to nodes. */
  readonly nodesDeadlineMs: number
}

/**
 * Judges certificates and presentations among files, folders and patterns one after another, each as it would be judged by
 * itself: for whoever goes on with what is valid. Throws a UsageError where there is nothing to judge.
 */
export async function* judgeEach({ paths, policy, ...rest }: EachRequest): AsyncGenerator<JudgedDocument> {
  const files = sortFiles(paths)
  const evidence = evidenceByRun(files)
  const engine = evidence.size === 0 ? {} : { engine: (await import("../node/worker-engine.ts")).createWorkerEngine }
  for (const { path: name, kind } of files) {
    if (kind !== "certificate" && kind !== "presentation") continue
    const document = { name, bytes: readAtMost(name, MAX_PRESENTATION_BYTES) }
    const { judgement } = await judgeBeside(document, kind, evidence, { ...worldFor(policy, rest), ...engine })
    yield { name, judgement }
  }
}
