import { Rejection } from "@wattest/protocol"
import { portableSignatures } from "@wattest/protocol/portable"
import {
  createRpcReader,
  type Judgement,
  judge,
  type Policy,
  parsePolicy,
  renderExtractReport,
  renderPresentationReport,
  renderReport,
} from "@wattest/verifier"
import { claimsOf } from "./claims.ts"
import type { Fault, Judged, Task } from "./messages.ts"
import { certificatePolicy, extractPolicy, presentationPolicy } from "./policy.ts"

/** The verifier itself, beside the page so that the page never waits. */

const POLICIES = { extract: extractPolicy, presentation: presentationPolicy, certificate: certificatePolicy }
const PAGE_POLICY = "this page's policy"

function policyOf({ kind, bytes, believed, policy }: Task): Policy {
  if (policy !== "") return ownPolicy(policy)
  return POLICIES[kind](bytes, believed)
}

/** That a reader's policy is none says nothing of the document. */
class PolicyFault extends Error {}

function ownPolicy(text: string): Policy {
  try {
    return parsePolicy(new TextEncoder().encode(text))
  } catch (error) {
    throw new PolicyFault(
      `your policy in Settings cannot be read: ${error instanceof Rejection ? error.detail : error}`,
    )
  }
}

function reportOf(judgement: Judgement): string {
  if (judgement.kind === "extract") return renderExtractReport(judgement.model)
  if (judgement.kind === "presentation") return renderPresentationReport(judgement.model)
  return judgement.kind === "certificate" ? renderReport(judgement.model) : ""
}

/** What a valid extract says, each value as text; proofs left out. */
function saidBy(judgement: Judgement): Judged["said"] {
  if (judgement.kind !== "extract" || judgement.verdict.status !== "valid") return {}
  const plain = Object.entries(judgement.verdict.claim.extract).filter(
    ([, value]) => typeof value !== "object" || value === null,
  )
  return Object.fromEntries(plain.map(([name, value]) => [name, `${value}`]))
}

function newestBlock({ model }: Judgement): number | null {
  const numbers = "trustedBlocks" in model ? model.trustedBlocks.map(({ number }) => Number(number)) : []
  return numbers.length === 0 ? null : Math.max(...numbers)
}

async function judged(task: Task): Promise<Judged> {
  const policy = policyOf(task)
  const chain = policy.chains.some(({ rpcs }) => rpcs.length > 0) ? createRpcReader(policy) : null
  const readers = { signatures: portableSignatures, chain }
  const judgement = await judge({ name: task.kind, bytes: task.bytes }, [], { policy, readers })
  const { verdict } = judgement
  const why = verdict.status === "valid" ? { code: null, detail: null } : { code: verdict.code, detail: verdict.detail }
  return {
    ...{ id: task.id, status: judgement.status, ...why, policy: task.policy === "" ? PAGE_POLICY : "your own policy" },
    ...{
      block: newestBlock(judgement),
      said: saidBy(judgement),
      claims: claimsOf(judgement, task.bytes),
      report: reportOf(judgement),
    },
  }
}

/** A document that is none; anything else that goes wrong is no verdict on it. */
function refused({ id, policy }: Task, error: unknown): Judged | Fault {
  if (!(error instanceof Rejection)) return { id, fault: error instanceof PolicyFault ? error.message : String(error) }
  const { code, detail } = error
  const nothing = { block: null, said: {}, claims: [], report: "" }
  return { id, status: "invalid", code, detail, policy: policy === "" ? PAGE_POLICY : "your own policy", ...nothing }
}

addEventListener("message", ({ data }: MessageEvent<Task>) => {
  judged(data).then(
    (answer) => postMessage(answer),
    (error) => postMessage(refused(data, error)),
  )
})
