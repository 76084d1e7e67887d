import { proxiedFetch } from "@wattest/command"
import type { SignatureCheck, SignatureChecker } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import type { World } from "../judge.ts"
import { nodeSum } from "../node/sum.ts"
import type { Policy } from "../policy.ts"
import { createRpcReader } from "../rpc/reader.ts"
import type { Desk } from "./judge-file.ts"

/** What a thread is given once. */
export type Task = Desk & {
  readonly policy: Uint8Array
  readonly time: number | null
  readonly offline: boolean
  readonly nodesDeadlineMs: number
}

/** Keys that a thread remembers: checking one is dear, and a fleet's certificates repeat them. */
const MOST_KEYS = 1024

/** As `signatures`; a key that was found good is not looked at again. */
export function rememberingKeys(signatures: SignatureChecker): SignatureChecker {
  const known = new Map<string, SignatureCheck>()
  return (device) => {
    const name = `${device.scheme}/${device.key}`
    const check = known.get(name) ?? signatures(device)
    if (known.size >= MOST_KEYS) known.clear()
    known.set(name, check)
    return check
  }
}

const signatures = rememberingKeys(nodeSignatures)

/** The world of one document: each has its own questions to nodes, as if it were judged alone. */
export function worldFor(
  policy: Policy,
  { offline, nodesDeadlineMs, time }: Pick<Task, "offline" | "nodesDeadlineMs" | "time">,
): World {
  const chain = offline ? null : createRpcReader(policy, AbortSignal.timeout(nodesDeadlineMs), proxiedFetch)
  return { policy, time, readers: { signatures, chain }, createSum: nodeSum }
}
