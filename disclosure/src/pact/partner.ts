import { bytesWithin, networkReason, proxiedFetch } from "@wattest/command"
import { visible } from "@wattest/protocol"
import type { AnswerEvent } from "./answer.ts"

/** Where a client hears answers: its own host of PACT, and what this host is there. */
export type Partner = {
  /** Of its host; `/3/events` is added. */
  readonly url: string
  readonly tokenUrl: string
  readonly id: string
  readonly secret: string
}

/** An answer that did not arrive: it is to be sent again. */
export class Undelivered extends Error {}

const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 64 * 1024
const MAX_SHOWN = 200
const TOKEN = /^[\x21-\x7e]{1,8192}$/

/** Form encoding of RFC 6749, section 2.3.1: a colon of an id would else end it. */
const basic = ({ id, secret }: Partner) =>
  `Basic ${Buffer.from([id, secret].map((word) => encodeURIComponent(word)).join(":")).toString("base64")}`

/** Asks a partner's host, which may be slow, endless or anyone's. Throws Undelivered. */
async function post(url: string, headers: Record<string, string>, body: string, stop: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)])
  try {
    const response = await proxiedFetch(url, { method: "POST", headers, body, signal, redirect: "error" })
    const bytes = await bytesWithin(response, MAX_ANSWER_BYTES)
    if (bytes === null) throw new Undelivered(`${url} answers more than ${MAX_ANSWER_BYTES} bytes`)
    const text = new TextDecoder().decode(bytes)
    if (response.ok) return text
    throw new Undelivered(`${url} answers ${response.status}: ${visible(text.slice(0, MAX_SHOWN))}`)
  } catch (error) {
    if (error instanceof Undelivered) throw error
    throw new Undelivered(`${url}: ${networkReason(error) ?? (error as Error).message}`)
  }
}

async function tokenOf(partner: Partner, stop: AbortSignal): Promise<string> {
  const headers = { authorization: basic(partner), "content-type": "application/x-www-form-urlencoded" }
  const text = await post(partner.tokenUrl, headers, "grant_type=client_credentials", stop)
  try {
    const { access_token: token }: { readonly access_token?: unknown } = Object(JSON.parse(text))
    if (typeof token === "string" && TOKEN.test(token)) return token
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new Undelivered(`${partner.tokenUrl} answers without an access_token`)
}

/** Sends an event to a partner's host, with a token that its own server gives. Throws Undelivered. */
export async function deliver(partner: Partner, event: AnswerEvent, stop: AbortSignal): Promise<void> {
  const authorization = `Bearer ${await tokenOf(partner, stop)}`
  const headers = { authorization, "content-type": "application/cloudevents+json; charset=UTF-8" }
  await post(`${partner.url.replace(/\/+$/, "")}/3/events`, headers, JSON.stringify(event), stop)
}
