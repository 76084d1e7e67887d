import { STATES } from "@wattest/chain"
import { REFUSALS } from "./refusal.ts"

const hexPattern = (bytes: number) => `^0x[0-9a-f]{${2 * bytes}}$`
const word = { type: "string", pattern: hexPattern(32) }
const address = { type: "string", pattern: hexPattern(20) }
const run = { type: "string", pattern: "^(0|[1-9][0-9]*)$", description: "run number, decimal" }
const seconds = { type: "integer", description: "Unix seconds" }
const nullable = (schema: object) => ({ anyOf: [schema, { type: "null" }] })
const object = (properties: Record<string, object>) => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
})

const SCHEMAS = {
  Error: {
    type: "object",
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
      },
    },
  },
  Promise: object({
    content: word,
    deadline: seconds,
    signer: address,
    signature: { type: "string", pattern: hexPattern(65) },
  }),
  Accepted: object({ digest: word, device: word, promise: nullable({ $ref: "#/components/schemas/Promise" }) }),
  SubmissionState: object({
    digest: word,
    device: word,
    firstRun: run,
    endRun: run,
    through: { ...seconds, description: "end of the minute up to which it tells: no block before then takes it" },
    state: { enum: ["accepted", "sent", "final", "refused"] },
    reason: { enum: ["withdrawn", "retired", "conflict", null] },
    transaction: nullable(word),
    acceptedAt: seconds,
    deadline: seconds,
  }),
  Device: object({
    device: word,
    state: { enum: STATES.filter((state) => state !== "unknown") },
    operator: address,
    voucher: address,
    nextRun: run,
    finalRun: run,
    expectedRun: run,
    through: seconds,
  }),
  Beacon: object({ number: run, hash: word, timestamp: seconds }),
  Receipt: {
    type: "object",
    required: ["submission", "anchor", "proof"],
    properties: { submission: { type: "object" }, anchor: { type: "object" }, proof: { type: "object" } },
  },
  Health: object({ status: { const: "alive" } }),
  Ready: object({ ready: { type: "boolean" }, reason: nullable({ type: "string" }) }),
  Status: object({
    queued: { type: "integer" },
    staged: { type: "integer" },
    oldestMs: nullable({ type: "integer" }),
    overdue: { type: "integer" },
    lastStepMs: nullable({ type: "integer" }),
    lastError: nullable({ type: "string" }),
    chainId: { type: "integer" },
    registry: address,
    sender: address,
    promiseSigner: address,
    latestBlock: nullable({ type: "integer" }),
    finalizedBlock: nullable({ type: "integer" }),
  }),
} as const

type SchemaName = keyof typeof SCHEMAS

const json = (description: string, schema: SchemaName) => ({
  description,
  content: { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } },
})
const refusals = (...statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [status, json("refused", "Error")]))
const parameter = (name: string, schema: object) => ({ name, in: "path", required: true, schema })

const PATHS = {
  "/v1/submissions": {
    post: {
      summary: "Hand in a device-signed submission. 202: durable and promised; 200: final or on its way already",
      requestBody: { required: true, content: { "application/json": { schema: { type: "object" } } } },
      responses: {
        200: json("held already; with no promise where other submissions hold its runs", "Accepted"),
        202: json("accepted", "Accepted"),
        ...refusals(400, 403, 409, 410, 413, 422, 425, 429, 503),
      },
    },
  },
  "/v1/submissions/{digest}": {
    get: {
      summary: "State of a submission, by the keccak256 of its canonical bytes",
      parameters: [parameter("digest", word)],
      responses: { 200: json("its state", "SubmissionState"), ...refusals(400, 404, 409) },
    },
  },
  "/v1/receipts/{device}/{run}": {
    get: {
      summary: "Anchor and anchor proof of a run, once final (425 before)",
      parameters: [parameter("device", word), parameter("run", run)],
      responses: { 200: json("canonical JSON", "Receipt"), ...refusals(400, 404, 425, 503) },
    },
  },
  "/v1/beacon": {
    get: {
      summary: "A finalized block, for the context of a new run",
      responses: { 200: json("the block", "Beacon"), ...refusals(503) },
    },
  },
  "/v1/devices/{device}": {
    get: {
      summary: "A device's next run on the chain and the one expected here",
      parameters: [parameter("device", word)],
      responses: { 200: json("the device", "Device"), ...refusals(400, 404, 503) },
    },
  },
  "/v1/status": { get: { summary: "Backlog, chain and accounts", responses: { 200: json("status", "Status") } } },
  "/v1/openapi.json": {
    get: {
      summary: "This description",
      responses: {
        200: { description: "OpenAPI 3.1", content: { "application/json": { schema: { type: "object" } } } },
      },
    },
  },
  "/health": { get: { summary: "The process lives", responses: { 200: json("alive", "Health") } } },
  "/ready": {
    get: {
      summary: "The sender works",
      responses: { 200: json("ready", "Ready"), 503: json("not ready, and why", "Ready") },
    },
  },
  "/metrics": {
    get: {
      summary: "Prometheus metrics",
      responses: {
        200: { description: "text exposition format", content: { "text/plain": { schema: { type: "string" } } } },
      },
    },
  },
}

/** The API's description, OpenAPI 3.1. A test holds every route and answer to it. */
export function openApi() {
  return {
    openapi: "3.1.0",
    info: { title: "Wattest relayer", version: "1", license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths: PATHS,
    components: { schemas: SCHEMAS },
  }
}
