import { CommandError } from "@wattest/command"
import {
  encodeCanonicalJson,
  type Group,
  groupOf,
  type Hex,
  type JobPlan,
  jobPlan,
  partDigest,
  Rejection,
  shape,
  toJson,
} from "@wattest/protocol"

const { hex, integer, nullable, object } = shape

/** What a node brings to the meeting: its device, and the last part of this job that it knows. */
export const member = object({ node: integer(0, 2 ** 31), device: hex(32), last: nullable(jobPlan) })
export type Member = shape.TypeOf<typeof member>

/** What a part is to be. */
export type Call = { readonly job: string; readonly nodes: number; readonly sharedWork: boolean }

/** Where the nodes of a part learn of each other. Resolves with the plan that all of them have. */
export type Meeting = {
  join(own: Member, deadlineMs: number): Promise<JobPlan>
}

const later = (a: JobPlan | null, b: JobPlan | null): JobPlan | null =>
  a === null || (b !== null && b.part > a.part) ? b : a

/** The plan of the part that follows the last one which any of its nodes knows. Throws a CommandError. */
export function planOf({ job, sharedWork }: Call, members: readonly Member[], before: JobPlan | null = null): JobPlan {
  const ofJob = members.map(({ last }) => (last?.job === job ? last : null))
  const last = ofJob.reduce(later, before)
  const devices = members.map(({ device }): Hex => device).toSorted()
  const previous = last === null ? null : partDigest(groupOf(last))
  const plan = { job, part: (last?.part ?? -1) + 1, devices, previous, ...(sharedWork && { sharedWork }) }
  checkPlan(plan)
  return plan
}

function checkPlan(plan: JobPlan): Group {
  try {
    return groupOf(jobPlan(toJson(plan), "plan"))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new CommandError(
      `these nodes make no part: ${error.detail}`,
      "each node needs an agent and a device of its own",
    )
  }
}

export const planText = (plan: JobPlan): string => `${encodeCanonicalJson(toJson(plan))}\n`

/** Throws a CommandError where somebody else's plan lacks this device. */
export function checkNamed(plan: JobPlan, { device }: Member): JobPlan {
  if (!plan.devices.includes(device))
    throw new CommandError(
      `part ${plan.part} was made without this node's device ${device}`,
      "start the job again on all nodes: it becomes a new part",
    )
  return plan
}

export const lateFor = (call: Call, there: number): CommandError =>
  new CommandError(
    `${there} of ${call.nodes} nodes came to the meeting of ${call.job} in time`,
    "look at the other nodes' output, or give them longer with --wait",
  )
