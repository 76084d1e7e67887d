import { anchorReceipt, type JsonSchema, type Shape, submission } from "@wattest/protocol"
import type { RouteOptions } from "fastify"
import { REFUSALS } from "./refusal.ts"
import * as shapes from "./shapes.ts"

/** The members beside code and message are facts that help to go on; each code has its own. */
const REFUSED: JsonSchema = {
  type: "object",
  description: "refused",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: { enum: Object.keys(REFUSALS) },
        message: { type: "string" },
        state: {
          enum: ["accepted", "sent", "refused"],
          description: "refused: the submission had been accepted; its promise is void, for the reason beside",
        },
        reason: { type: "string", description: "withdrawn, retired or conflict; or what is wrong with a document" },
      },
      additionalProperties: true,
    },
  },
}

const PLAIN: JsonSchema = { type: "string", description: "text exposition format" }
const ANYTHING: JsonSchema = { type: "object", description: "OpenAPI 3.1", additionalProperties: true }

const answer = ({ schema }: Shape<unknown>, description: string) => ({ ...schema, description })
const refusals = (...statuses: readonly number[]) => Object.fromEntries(statuses.map((status) => [status, REFUSED]))
const params = (members: { readonly [name: string]: Shape<unknown> }) => ({
  type: "object",
  required: Object.keys(members),
  properties: Object.fromEntries(Object.entries(members).map(([name, { schema }]) => [name, schema])),
})

export type Route = Pick<RouteOptions, "method" | "url" | "schema">

/** Every route of the relayer: what it takes is validated, answered and described by these shapes. */
export const ROUTES = {
  submit: {
    method: "POST",
    url: "/v1/submissions",
    schema: {
      summary: "Hand in a device-signed submission. 202: durable and promised; 200: final or on its way already",
      body: submission.schema,
      response: {
        200: answer(shapes.accepted, "held already; with no promise where other submissions hold its runs"),
        202: answer(shapes.accepted, "accepted"),
        ...refusals(400, 403, 409, 410, 413, 422, 425, 429, 500, 503),
      },
    },
  },
  submission: {
    method: "GET",
    url: "/v1/submissions/:digest",
    schema: {
      summary: "State of a submission, by the keccak256 of its canonical bytes",
      params: params({ digest: shapes.word }),
      response: { 200: answer(shapes.submissionState, "its state"), ...refusals(400, 404, 409, 500) },
    },
  },
  receipt: {
    method: "GET",
    url: "/v1/receipts/:device/:run",
    schema: {
      summary: "Anchor and anchor proof of a run, once final (425 before)",
      params: params({ device: shapes.word, run: shapes.run }),
      response: { 200: answer(anchorReceipt, "canonical JSON"), ...refusals(400, 404, 425, 500, 503) },
    },
  },
  beacon: {
    method: "GET",
    url: "/v1/beacon",
    schema: {
      summary: "A finalized block, for the context of a new run",
      response: { 200: answer(shapes.beacon, "the block"), ...refusals(500, 503) },
    },
  },
  device: {
    method: "GET",
    url: "/v1/devices/:device",
    schema: {
      summary: "A device's next run on the chain and the one expected here",
      params: params({ device: shapes.word }),
      response: { 200: answer(shapes.deviceState, "the device"), ...refusals(400, 404, 500, 503) },
    },
  },
  status: {
    method: "GET",
    url: "/v1/status",
    schema: {
      summary: "Backlog, chain and accounts",
      response: { 200: answer(shapes.relayerStatus, "status") },
    },
  },
  description: {
    method: "GET",
    url: "/v1/openapi.json",
    schema: { summary: "This description", response: { 200: ANYTHING } },
  },
  health: {
    method: "GET",
    url: "/health",
    schema: { summary: "The process lives", response: { 200: answer(shapes.health, "alive") } },
  },
  ready: {
    method: "GET",
    url: "/ready",
    schema: {
      summary: "The sender works",
      response: { 200: answer(shapes.readiness, "ready"), 503: answer(shapes.readiness, "not ready, and why") },
    },
  },
  metrics: {
    method: "GET",
    url: "/metrics",
    schema: {
      summary: "Prometheus metrics",
      produces: ["text/plain"],
      response: { 200: PLAIN },
    },
  },
} as const satisfies { readonly [name: string]: Route }
