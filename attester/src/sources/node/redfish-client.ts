import { Agent } from "node:http"
import { Agent as TlsAgent } from "node:https"
import { exchange, type HttpAnswer, requireOk, type Trust } from "../net/http.ts"
import { parseJson } from "../net/json.ts"
import { SourceError } from "../source.ts"

export type RedfishLogin = { readonly user: string; readonly password: string; readonly scheme: "session" | "basic" }
export type RedfishTarget = { readonly url: URL; readonly trust: Trust; readonly login?: RedfishLogin }

const SESSIONS = "/redfish/v1/SessionService/Sessions"
const TRIES = 3
const BACKOFF_MS = 50

/** One BMC: logs in when needed, keeps its session, and tries again what a busy BMC refuses (DSP0266, section 13). */
export class RedfishClient {
  readonly #source: string
  readonly #target: RedfishTarget
  readonly #agent: Agent
  #session: { token: string; location: string | undefined } | undefined

  constructor(source: string, target: RedfishTarget) {
    this.#source = source
    this.#target = target
    // A BMC needs up to a second for a TLS handshake, so one connection is kept.
    const settings = { keepAlive: true, maxSockets: 1 }
    this.#agent = target.url.protocol === "https:" ? new TlsAgent(settings) : new Agent(settings)
  }

  /** A resource as JSON; null when the service does not have it. Throws `SourceError`. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    let answer = await this.#send(path, signal)
    if (answer.status === 401 && this.#session) {
      // A BMC forgets sessions when it restarts or they idle; one new login settles it or shows a wrong password.
      this.#session = undefined
      answer = await this.#send(path, signal)
    }
    if (answer.status === 404) return null
    return parseJson(this.#source, requireOk(this.#source, this.#resolve(path), answer))
  }

  /** Ends the session, so that a BMC's few session slots are not used up. */
  async close(signal: AbortSignal): Promise<void> {
    const session = this.#session
    this.#session = undefined
    try {
      if (!session?.location) return
      const headers = { "x-auth-token": session.token }
      await exchange(this.#source, { ...this.#request(session.location), headers, method: "DELETE" }, signal)
    } finally {
      this.#agent.destroy()
    }
  }

  async #send(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { accept: "application/json", "odata-version": "4.0", ...(await this.#credentials(signal)) }
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(path, headers, signal, attempt)
      if (answer) return answer
      await pause(BACKOFF_MS * 2 ** attempt, signal)
    }
  }

  /** Null when the BMC was busy or broke the connection and may be asked again. */
  async #attempt(
    path: string,
    headers: Record<string, string>,
    signal: AbortSignal,
    attempt: number,
  ): Promise<HttpAnswer | null> {
    try {
      const answer = await exchange(this.#source, { ...this.#request(path), headers }, signal)
      return attempt < TRIES && [429, 500, 502, 503, 504].includes(answer.status) ? null : answer
    } catch (error) {
      const passing = error instanceof SourceError && error.fault === "failed"
      if (!passing || attempt >= TRIES) throw error
      return null
    }
  }

  async #credentials(signal: AbortSignal): Promise<Record<string, string>> {
    const { login } = this.#target
    if (!login) return {}
    if (login.scheme === "basic")
      return { authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString("base64")}` }
    this.#session ??= await this.#login(login, signal)
    return { "x-auth-token": this.#session.token }
  }

  async #login({ user, password }: RedfishLogin, signal: AbortSignal) {
    const body = JSON.stringify({ UserName: user, Password: password })
    const headers = { "content-type": "application/json", accept: "application/json", "odata-version": "4.0" }
    const answer = await exchange(this.#source, { ...this.#request(SESSIONS), method: "POST", headers, body }, signal)
    if (answer.status === 400) throw new SourceError(this.#source, "denied", "the BMC refused the login")
    requireOk(this.#source, this.#resolve(SESSIONS), answer)
    const token = answer.headers["x-auth-token"]
    if (typeof token !== "string") throw new SourceError(this.#source, "malformed", "login gave no X-Auth-Token")
    return { token, location: answer.headers.location }
  }

  #request(path: string): { url: URL; trust: Trust; agent: Agent } {
    return { url: this.#resolve(path), trust: this.#target.trust, agent: this.#agent }
  }

  /** Links are followed on this BMC only: one that points elsewhere would send the token there. */
  #resolve(path: string): URL {
    const base = this.#target.url
    const url = URL.parse(path, base)
    if (url?.origin !== base.origin)
      throw new SourceError(this.#source, "malformed", `link leads elsewhere: ${path.slice(0, 80)}`)
    return url
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener("abort", end)
  })
