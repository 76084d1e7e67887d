import { type Access, accessIn, askAgent, ifThere, readText, UsageError } from "@wattest/command"
import { type JobPlan, shape, toJson } from "@wattest/protocol"

const { hex, integer, label, nullable, object, text } = shape

const status = object({
  device: hex(32),
  archive: text(4096),
  run: nullable(text()),
  workload: label(),
  phase: text(),
  group: nullable(object({ job: label(), part: integer(0, 2 ** 32 - 1) })),
})
export type AgentStatus = shape.TypeOf<typeof status>

const MAX_ENDPOINT_BYTES = 64 * 1024
const NOT_READ = "it is the endpoint.json in the folder of wattest device serve; name it with WATTEST_ENDPOINT"

/** An agent's address: what the JSON file {url, token} says that its folder holds while it is there. */
function accessAt(endpoint: string): Access {
  const said = ifThere(() => readText(endpoint, MAX_ENDPOINT_BYTES, "a local endpoint"))
  if (said === null) throw new UsageError(`${endpoint}: no agent is here`, NOT_READ)
  const access = accessIn(said)
  if (access === null) throw new UsageError(`${endpoint}: it tells of no local endpoint`, NOT_READ)
  return access
}

/** The agent that meters this node, spoken to at its local endpoint. */
export type AgentClient = {
  readonly status: () => Promise<AgentStatus>
  /** Begins a run. Throws a CommandError with the agent's reason. */
  readonly start: (labels: { readonly [name: string]: unknown }, plan: JobPlan) => Promise<void>
  /** Ends it; resolves with its last run's number. */
  readonly stop: (exitStatus: number) => Promise<string>
}

/** An agent by its endpoint, which is looked up at each call: started again, it listens elsewhere. Throws a UsageError. */
export function openAgent(endpoint: string): AgentClient {
  const ask = async (path: string, body?: object) => askAgent(accessAt(endpoint), path, body)
  return {
    status: async () => status(toJson(await ask("/v1/status")), "status"),
    start: async (labels, group) => {
      await ask("/v1/run", Object(toJson({ ...labels, group })))
    },
    stop: async (exitStatus) => String((await ask("/v1/stop", { exitStatus })).run),
  }
}

/** Whose run it is that an agent has open. */
export const isOfJob = ({ group }: AgentStatus, job: string): boolean => group?.job === job
