import { type RegistryAt, readDevice } from "@wattest/chain"
import type { Hex, TypeOf } from "@wattest/protocol"
import type { Db } from "../store/open.ts"
import { conflictByDigest, deviceById, submissionByDigest, transactionOf } from "../store/reads.ts"
import { Refusal } from "./refusal.ts"
import type { deviceState, submissionState } from "./shapes.ts"

type SubmissionState = TypeOf<typeof submissionState>

const STATES = { queued: "accepted", staged: "sent", final: "final", refused: "refused" } as const

/** Throws a Refusal where the digest is of nothing held; for kept evidence of a conflict it says so. */
export async function submissionStateOf(db: Db, digest: Hex): Promise<SubmissionState> {
  const row = await submissionByDigest(db, digest)
  if (row)
    return {
      digest,
      device: row.device,
      firstRun: String(row.first_run),
      endRun: String(row.end_run),
      through: Number(row.through),
      state: STATES[row.state],
      reason: row.reason,
      transaction: await transactionOf(db, row),
      acceptedAt: Math.floor(row.accepted_ms / 1000),
      deadline: row.deadline,
    }
  const conflict = await conflictByDigest(db, digest)
  if (!conflict) throw new Refusal("NOT_FOUND", `no submission has the digest ${digest}`)
  const { device, run, held_root } = conflict
  throw new Refusal("ROOT_CONFLICT", `run ${run} of device ${device} is held with another root`, {
    run: String(run),
    heldRoot: held_root,
    evidence: digest,
  })
}

/** A device on the chain and here. Throws a Refusal if it is not enrolled. */
export async function deviceStateOf(
  db: Db,
  { rpc, registry }: RegistryAt,
  device: Hex,
): Promise<TypeOf<typeof deviceState>> {
  const [latest, final, stored] = await Promise.all([
    readDevice(rpc, registry, device, "latest"),
    readDevice(rpc, registry, device, "finalized"),
    deviceById(db, device),
  ])
  if (latest.state === "unknown") throw new Refusal("NOT_FOUND", `device ${device} is not enrolled in the registry`)
  return {
    device,
    state: latest.state,
    operator: latest.operator,
    voucher: latest.voucher,
    nextRun: String(latest.nextRun),
    finalRun: String(final.nextRun),
    expectedRun: String(Math.max(final.nextRun, stored?.next_run ?? 0)),
    through: latest.through,
  }
}
