import { join } from "node:path"
import { type Context, type Outcome, shellWord, UsageError } from "@wattest/command"
import type { JobPlan } from "@wattest/protocol"
import { type AgentClient, isOfJob, openAgent } from "../launch/agent-client.ts"
import { folderMeeting } from "../launch/folder-meeting.ts"
import { httpMeeting } from "../launch/http-meeting.ts"
import { type Call, type Meeting, planOf } from "../launch/meeting.ts"
import { type Placement, placementOf } from "../launch/placement.ts"
import { openPlans, type Plans } from "../launch/plans.ts"
import { DEVICE_FILES } from "../store/device-folder.ts"
import { endpointFile, execute, nameOf } from "./run.ts"

type Options = {
  readonly [K in "model" | "unit" | "zone" | "site" | "party" | "workload" | "id" | "meet"]: string | undefined
} & {
  readonly home: string
  readonly node: number | undefined
  readonly nodes: number | undefined
  readonly "shared-work": boolean
  readonly wait: number
}

/** An exit status for a run that its launcher never ended: as if it was killed. */
const KILLED = 137

function meetingOf({ meet }: Options, call: Call): Meeting {
  if (meet !== undefined)
    return /^https?:\/\//.test(meet)
      ? httpMeeting(meet, process.env.WATTEST_JOB_TOKEN, call)
      : folderMeeting(meet, call)
  if (call.nodes === 1) return { join: async (own) => planOf(call, [own]) }
  throw new UsageError(
    `the ${call.nodes} nodes of the job have no place to meet`,
    "name a folder that all of them share with --meet, or http://NODE0:PORT with a token in WATTEST_JOB_TOKEN",
  )
}

/** A launcher that was killed could not end its run: the next attempt does, and the part before counts as failed. */
async function endEarlier(agent: AgentClient, job: string, { terminal }: Context): Promise<void> {
  if (!isOfJob(await agent.status(), job)) return
  terminal.say(`run ${await agent.stop(KILLED)} was left open by an earlier attempt, and is ended as interrupted`)
}

async function agree(agent: AgentClient, placement: Placement, plans: Plans, options: Options): Promise<JobPlan> {
  const { job, node, nodes } = placement
  const { device } = await agent.status()
  const own = { node, device, last: await plans.last(job) }
  const call = { job, nodes, sharedWork: options["shared-work"] }
  return meetingOf(options, call).join(own, performance.now() + options.wait)
}

/** Where the agent is: as the environment says, else in the device's folder. */
const endpointOf = ({ home }: Options) => process.env.WATTEST_ENDPOINT ?? endpointFile(home)

/** Runs a command as this node's place in a job of several devices, and exits as it does. */
export async function launch(options: Options, command: readonly string[], context: Context): Promise<Outcome> {
  if (command.length === 0)
    throw new UsageError("no command was given", "write it behind --, as in: -- python train.py")
  const placement = placementOf(process.env, options)
  const endpoint = endpointOf(options)
  const { model, unit, zone, site, party, workload = nameOf(command) } = options
  const told = { endpoint, workload }
  if (!placement.isTeller) return { exit: await execute(command, told) }
  const { terminal } = context
  const agent = openAgent(endpoint)
  await endEarlier(agent, placement.job, context)
  const plans = openPlans(join(options.home, DEVICE_FILES.jobs))
  const plan = await agree(agent, placement, plans, options)
  await plans.keep(plan).catch((error: Error) => terminal.say(`the plan is not kept here: ${error.message}`))
  await agent.start({ model, unit, zone, site, party, workload, job: plan.job }, plan)
  terminal.say(
    `job ${plan.job}, part ${plan.part}: node ${placement.node} of ${placement.nodes}, by ${placement.scheduler}`,
  )
  const exit = await execute(command, told)
  // What became of the agent is no reason to fail the work.
  const ended = await agent.stop(exit).catch((error: Error) => `was not ended by this launcher: ${error.message}`)
  terminal.say(/^[0-9]+$/.test(ended) ? `run ${ended} closed` : `the run ${ended}`)
  return { exit, next: `prove job --id ${shellWord(plan.job)}` }
}
