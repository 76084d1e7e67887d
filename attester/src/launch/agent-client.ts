import { readFile } from "node:fs/promises"
import { CommandError, networkReason, Unreachable, UsageError } from "@wattest/command"
import { type JobPlan, parsePlainText, Rejection, shape, toJson } from "@wattest/protocol"

const { hex, integer, label, nullable, object, optional, text } = shape

const place = object({ url: text(2048), token: optional(text(1024)), socket: optional(text(4096)) })
type Place = shape.TypeOf<typeof place>

const status = object({
  device: hex(32),
  run: nullable(text()),
  workload: label(),
  phase: text(),
  group: nullable(object({ job: label(), part: integer(0, 2 ** 32 - 1) })),
})
export type AgentStatus = shape.TypeOf<typeof status>

const NOT_READ = "it is the endpoint.json in the folder of wattest device serve; name it with WATTEST_ENDPOINT"

/** An agent's address: the JSON file {url, token} that its folder holds while it is there. */
async function placeOf(endpoint: string): Promise<Place> {
  try {
    return place(parsePlainText(await readFile(endpoint, "utf8")), "endpoint")
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === "ENOENT") throw new UsageError(`${endpoint}: no agent is here`, NOT_READ)
    throw error instanceof Rejection ? new UsageError(`${endpoint}: ${message}`, NOT_READ) : error
  }
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
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const { url, token } = await placeOf(endpoint)
    const known = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const headers = { "content-type": "application/json", ...known }
    const request = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(toJson(body)) }
    const response = await fetch(new URL(path, url), request).catch((error: Error) => {
      const reason = networkReason(error) ?? "the request failed"
      throw new Unreachable(`the agent at ${url} does not answer: ${reason}`, "is wattest device serve running?")
    })
    const answer = (await response.json()) as { readonly error?: string }
    if (!response.ok) throw new CommandError(`the agent refuses: ${answer.error}`, "see its own output")
    return answer
  }
  return {
    status: async () => status(toJson(await ask("/v1/status")), "status"),
    start: async (labels, group) => {
      await ask("/v1/run", { ...labels, group })
    },
    stop: async (exitStatus) => ((await ask("/v1/stop", { exitStatus })) as { run: string }).run,
  }
}

/** Whose run it is that an agent has open. */
export const isOfJob = ({ group }: AgentStatus, job: string): boolean => group?.job === job
