import { createHash, timingSafeEqual } from "node:crypto"
import { createServer, type IncomingMessage, type Server } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import { CommandError, REQUEST_TIMES, textWithin, UsageError } from "@wattest/command"
import {
  type JobPlan,
  type Json,
  jobPlan,
  MAX_JOB_PLAN_BYTES,
  parsePlainText,
  Rejection,
  toJson,
} from "@wattest/protocol"
import { type Call, checkNamed, lateFor, type Meeting, type Member, member, planOf, planText } from "./meeting.ts"

const POLL_MS = 250
const LEAST_TOKEN = 16

const digest = (text: string) => createHash("sha256").update(text).digest()

const isTold = (request: IncomingMessage, token: string): boolean =>
  timingSafeEqual(digest(request.headers.authorization ?? ""), digest(`Bearer ${token}`))

async function bodyOf(request: IncomingMessage): Promise<Json> {
  let body = ""
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk
    if (body.length > MAX_JOB_PLAN_BYTES)
      throw new Rejection("DOCUMENT_TOO_LARGE", `at most ${MAX_JOB_PLAN_BYTES} characters`)
  }
  return parsePlainText(body)
}

/** Node 0: takes who comes, and answers all of them with one plan. */
class Host {
  readonly #call: Call
  readonly #token: string
  readonly #there = new Map<number, Member>()
  readonly #served = new Set<number>()
  plan: JobPlan | null = null
  fault: Error | null = null

  constructor(call: Call, token: string) {
    this.#call = call
    this.#token = token
  }

  get waiting(): number {
    return this.#there.size
  }

  get isDone(): boolean {
    return this.#served.size === this.#call.nodes
  }

  /** The plan where all are there, else null. A node that comes again before that takes its own place. */
  take(own: Member): JobPlan | null {
    if (own.node >= this.#call.nodes) throw new Rejection("FIELD_MALFORMED", `node ${own.node} of ${this.#call.nodes}`)
    if (this.plan === null) this.#there.set(own.node, own)
    if (this.plan === null && this.#there.size === this.#call.nodes) this.#decide()
    if (this.plan !== null) this.#served.add(own.node)
    return this.plan
  }

  #decide(): void {
    try {
      this.plan = planOf(this.#call, [...this.#there.values()])
    } catch (error) {
      this.fault = error as Error
    }
  }

  async answer(request: IncomingMessage): Promise<readonly [status: number, text: string]> {
    if (!isTold(request, this.#token)) return [401, "the token is another\n"]
    if (request.method !== "POST" || request.url !== "/v1/join") return [404, "POST /v1/join\n"]
    try {
      const plan = this.take(member(await bodyOf(request), "body"))
      if (this.fault !== null) return [409, `${this.fault.message}\n`]
      return plan === null ? [202, "{}\n"] : [200, planText(plan)]
    } catch (error) {
      if (!(error instanceof Rejection)) throw error
      return [400, `${error.message}\n`]
    }
  }
}

function listen(host: Host, { hostname, port }: URL): Promise<Server> {
  const server = createServer(REQUEST_TIMES, (request, response) => {
    host.answer(request).then(
      ([status, text]) => response.writeHead(status, { "content-type": "application/json" }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  return new Promise((resolve, reject) => {
    server.once("error", (error: Error) =>
      reject(
        new CommandError(
          `the meeting at ${hostname}:${port}: ${error.message}`,
          "name an address of node 0 with --meet",
        ),
      ),
    )
    server.listen(Number(port), hostname.replace(/^\[|\]$/g, ""), () => resolve(server))
  })
}

async function hostMeeting(url: URL, token: string, call: Call, own: Member, deadlineMs: number): Promise<JobPlan> {
  const host = new Host(call, token)
  const server = await listen(host, url)
  try {
    host.take(own)
    while (!host.isDone && performance.now() < deadlineMs && host.fault === null) {
      await sleep(POLL_MS)
      if (host.plan !== null) host.take(own)
    }
    // A node that has not heard of the plan asks in vain from now on, and says so itself.
    if (host.fault !== null) throw host.fault
    if (host.plan === null) throw lateFor(call, host.waiting)
    return host.plan
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

async function visitMeeting(url: URL, token: string, call: Call, own: Member, deadlineMs: number): Promise<JobPlan> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
  const request = { method: "POST", headers, body: JSON.stringify(toJson(own)) }
  while (performance.now() < deadlineMs) {
    const signal = AbortSignal.timeout(30_000)
    const response = await fetch(new URL("/v1/join", url), { ...request, signal }).catch(() => null)
    const text = response === null ? "" : await textWithin(response, MAX_JOB_PLAN_BYTES)
    if (response?.status === 200) return checkNamed(jobPlan(parsePlainText(text), "plan"), own)
    if (response !== null && response.status !== 202)
      throw new CommandError(
        `node 0 refuses this node: ${text.trim()}`,
        "all nodes need the same --id, --nodes and token",
      )
    await sleep(POLL_MS)
  }
  throw lateFor(call, 1)
}

/** A meeting at node 0, which listens at the address of the URL while it lasts, and answers to the job's token alone. */
export function httpMeeting(address: string, token: string | undefined, call: Call): Meeting {
  const url = new URL(address)
  if (url.port === "") throw new UsageError(`${address} has no port`, "name one, as in http://node0:8490")
  if (token === undefined || token.length < LEAST_TOKEN)
    throw new UsageError(
      `a meeting by HTTP needs a token of ${LEAST_TOKEN} characters or more`,
      "give all nodes the same in WATTEST_JOB_TOKEN; openssl rand -hex 32 makes one",
    )
  return {
    join: (own, deadlineMs) =>
      own.node === 0 ? hostMeeting(url, token, call, own, deadlineMs) : visitMeeting(url, token, call, own, deadlineMs),
  }
}
