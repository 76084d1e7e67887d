import { createReadStream } from "node:fs"
import { stat } from "node:fs/promises"
import { UsageError } from "@wattest/command"
import { type Certificate, visible } from "@wattest/protocol"
import { type EvidenceResult, verifyEvidence } from "../evidence/verify.ts"
import { createWorkerEngine } from "../node/worker-engine.ts"
import type { Policy } from "../policy.ts"
import type { Readers } from "../readers.ts"

/** Bytes of evidence that are read at once. */
const READ_BYTES = 256 * 1024

type World = { readonly policy: Policy; readonly readers: Readers }

/** Judges a file of evidence on all cores, and shows on a terminal how far it is. */
export async function judgeEvidenceFile(name: string, certificate: Certificate, world: World): Promise<EvidenceResult> {
  if ((await stat(name)).isDirectory())
    throw new UsageError(`${visible(name)}: this is a folder, not a file`, "name a file of captures")
  const showsProgress = process.stderr.isTTY
  const onProgress = (captures: number) => {
    if (showsProgress && captures % 16_384 === 0) process.stderr.write(`\r${visible(name)}: ${captures} captures`)
  }
  const stream = createReadStream(name, { highWaterMark: READ_BYTES })
  const result = await verifyEvidence(stream, certificate, world, { onProgress, engine: createWorkerEngine })
  if (showsProgress) process.stderr.write("\r\u001b[K")
  return result
}
