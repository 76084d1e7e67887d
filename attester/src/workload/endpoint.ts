import { chmod, rm } from "node:fs/promises"
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http"
import { join } from "node:path"
import { REQUEST_TIMES } from "@wattest/command"
import {
  groupOf,
  type Hex,
  type JobPlan,
  type Json,
  jobPlan,
  PHASES,
  Rejection,
  runTask,
  shape,
} from "@wattest/protocol"
import type { Agent } from "../agent/agent.ts"
import { PartRepeated } from "../run/admission.ts"
import { summaryOf } from "../run/summary.ts"
import { DEVICE_FILES } from "../store/device-folder.ts"
import { createToken, isAuthorized, removeAccess, writeAccess } from "./access.ts"
import { type EndpointSettings, hostOf, listen, urlOf } from "./listening.ts"
import { WorkloadBusy, type WorkloadLabels, type WorkloadRun, WorkRefused } from "./workload.ts"

const { hex, integer, label, nullable, object, optional, oneOf, record, text, unsigned } = shape

const LABELS = object({
  model: optional(label()),
  unit: optional(label()),
  zone: optional(label()),
  site: optional(label()),
  party: optional(label()),
  workload: optional(label()),
  job: optional(label()),
  qualityRule: optional(label()),
  task: optional(nullable(runTask)),
  modelDigest: optional(nullable(hex(32))),
  /** The part of a job of several devices that the run is of: its launcher tells all devices the same. */
  group: optional(jobPlan),
  versions: optional(record(text(128), 31)),
})
const MARK = object({ phase: oneOf(PHASES) })
const WORK = object({
  units: unsigned(64),
  accepted: optional(unsigned(64)),
  input: optional(unsigned(64)),
  once: optional(text(64)),
})
const STOP = object({ exitStatus: optional(integer(0, 255)) })

/** A part of a job lists its devices. */
const MAX_BODY = 8 * 1024 * 1024

/** A name that a stranger's page made point here would let that page speak to the endpoint as its own server. */
const LOCAL_NAMES = ["127.0.0.1", "localhost", "[::1]"]
const nameIn = (host = ""): string => host.replace(/:[0-9]{1,5}$/, "")

/** An answer that is not the request's success. */
class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  // A page in a browser cannot send this type across origins without asking first, and nobody answers it.
  if (request.headers["content-type"]?.split(";")[0] !== "application/json")
    throw new Refused(415, "content-type must be application/json")
  let body = ""
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk
    if (body.length > MAX_BODY) throw new Refused(413, `a body has at most ${MAX_BODY} characters`)
  }
  try {
    return JSON.parse(body || "{}")
  } catch (error) {
    throw new Refused(400, (error as Error).message)
  }
}

/** Labels with the device's own zone, site and party where none are given. */
export type LabelDefaults = { readonly zone: string; readonly site: string; readonly party: string }

/** The run's place in a job of several devices. A device takes part in no part that does not list it. */
function placeIn(plan: JobPlan | undefined, device: Hex): Pick<WorkloadLabels, "group"> {
  if (plan === undefined) return {}
  if (!plan.devices.includes(device)) throw new Refused(409, `this is device ${device}, which the part does not list`)
  return { group: groupOf(plan) }
}

function labelsOf(value: Json, defaults: LabelDefaults, device: Hex): WorkloadLabels {
  const { model = "", unit = "", workload = "", qualityRule = "", group, ...given } = LABELS(value, "body")
  const {
    zone = defaults.zone,
    site = defaults.site,
    party = defaults.party,
    modelDigest = null,
    versions = {},
    task: about = null,
    job = group?.job ?? "",
  } = given
  const tags = { model, unit, zone, site, party }
  return { tags, workload, job, qualityRule, task: about, modelDigest, versions, ...placeIn(group, device) }
}

type Routes = { readonly [route: string]: (body: Json) => Promise<Json> }

/** What a workload may say, and what is answered. */
function routesOf(agent: Agent, defaults: LabelDefaults): Routes {
  const running = (): WorkloadRun => {
    if (agent.running === null) throw new Refused(409, "no workload is running: POST /v1/run first")
    return agent.running
  }
  return {
    "POST /v1/run": async (body) => {
      await agent.startRun(labelsOf(body, defaults, agent.device))
      return agent.status
    },
    "POST /v1/mark": async (body) => {
      running().mark(MARK(body, "body").phase)
      return agent.status
    },
    "POST /v1/work": async (body) => {
      const { units, accepted, input, once } = WORK(body, "body")
      running().work(units, accepted, input, once)
      return agent.status
    },
    "POST /v1/stop": async (body) => {
      const { exitStatus } = STOP(body, "body")
      const { record, folder } = await running().stop(exitStatus)
      return summaryOf(record, folder)
    },
  }
}

/**
 * The local endpoint for workloads in other languages: `POST /v1/run` with labels begins, `/v1/mark` {phase} and
 * `/v1/work` {units, accepted?, input?, once?} (counts are decimal strings) tell, `/v1/stop` {exitStatus?} ends and answers
 * its last run; `GET /v1/status` names the device, its archive, its open run, and the job of several devices that it is in. Each request bears the token. What it is told is graded as declared.
 */
function listenerOf(agent: Agent, { names, token, defaults }: Door): RequestListener {
  const routes = routesOf(agent, defaults)
  const answer = async (request: IncomingMessage): Promise<Json> => {
    if (!names.includes(nameIn(request.headers.host)))
      throw new Refused(421, `the Host is ${[...new Set(names)].join(" or ")} alone`)
    if (!isAuthorized(request.headers.authorization, token)) throw new Refused(401, NO_TOKEN)
    if (request.method === "GET" && request.url === "/v1/status")
      return { device: agent.device, archive: agent.archive, ...agent.status }
    const route = routes[`${request.method} ${request.url}`]
    if (route === undefined) throw new Refused(404, `no ${request.method} ${request.url}`)
    return route(await bodyOf(request))
  }
  return (request, response) => {
    answer(request).then(
      (value) => reply(response, 200, value),
      (error: Error) => reply(response, statusOf(error), { error: error.message }),
    )
  }
}

const NO_TOKEN = `the token is missing or wrong: send "Authorization: Bearer TOKEN" with the token of ${DEVICE_FILES.endpoint} in the device's folder`

/** Who is let in, and what a workload is called that says nothing of itself. */
type Door = { readonly names: readonly string[]; readonly token: string; readonly defaults: LabelDefaults }

/** The endpoint while it is there. */
export type Endpoint = { readonly url: string; close(): Promise<void> }

/**
 * Opens the endpoint of a device's folder, and writes there how it is reached: `endpoint.json`, for who may read it alone.
 * Closing removes it first, so that nobody finds an address that does not answer.
 */
export async function openEndpoint(
  agent: Agent,
  home: string,
  { settings, defaults }: { readonly settings: EndpointSettings; readonly defaults: LabelDefaults },
): Promise<Endpoint> {
  const token = settings.token ?? createToken()
  const names = [...LOCAL_NAMES, hostOf(settings.host), ...settings.names]
  const listener = listenerOf(agent, { names, token, defaults })
  const servers: Server[] = []
  const serve = async (place: Parameters<typeof listen>[1]): Promise<Server> => {
    const server = createServer(REQUEST_TIMES, listener)
    await listen(server, place)
    servers.push(server)
    return server
  }
  const socket = join(home, DEVICE_FILES.socket)
  const close = async () => {
    await removeAccess(home)
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  }
  try {
    const { host, port } = settings
    const url = urlOf(await serve({ host, port }), host)
    // One that a killed process left is in the way.
    await rm(socket, { force: true })
    if (settings.socket) {
      await serve({ path: socket })
      await chmod(socket, 0o600)
    }
    await writeAccess(home, { url, token, ...(settings.socket ? { socket } : {}) })
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

const statusOf = (error: Error): number => {
  if (error instanceof Refused) return error.status
  if (error instanceof Rejection || error instanceof WorkRefused) return 400
  return error instanceof WorkloadBusy || error instanceof PartRepeated ? 409 : 500
}

function reply(response: ServerResponse, status: number, value: Json): void {
  const challenge = status === 401 ? { "www-authenticate": "Bearer" } : {}
  response.writeHead(status, { "content-type": "application/json", ...challenge }).end(`${JSON.stringify(value)}\n`)
}
