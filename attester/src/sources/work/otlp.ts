import { timingSafeEqual } from "node:crypto"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import { MAX_READERS, REQUEST_TIMES } from "@wattest/command"
import { accuracy } from "../accuracy.ts"
import type { Options } from "../options.ts"
import { type SensorValue, type Source, SourceError } from "../source.ts"
import { type OtlpQuantity, OtlpTotals, parseOtlp } from "./otlp-metrics.ts"

export type OtlpOptions = {
  readonly id: string
  readonly periodMs: number
  readonly host: string
  readonly port: number
  readonly model?: string | undefined
  /** What exporters must send as `Authorization: Bearer …`. */
  readonly token?: string | undefined
  /** The token type that is the unit of work, where no exporter sends `wattest.work`. */
  readonly count: "output-tokens" | "total-tokens"
}

const MAX_BODY = 4 * 1024 * 1024
const ACCURACY = accuracy({ step: 1, origin: "counted by the workload" })
const QUANTITIES: readonly OtlpQuantity[] = ["prefillWork", "decodeWork", "accepted"]

/** `host` (this machine only, unless said otherwise), `port`, `model`, `token` (a secret), `count`. */
export const otlpFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const host = options.text("host", "127.0.0.1")
  const port = options.integer("port", { lo: 0, hi: 65_535, default: 4318 })
  const model = options.optionalText("model")
  const token = options.has("token") ? options.secret("token") : undefined
  if (token === undefined && host !== "127.0.0.1" && host !== "::1")
    options.fail("token", "is needed where other machines can send")
  const count = options.choice("count", ["output-tokens", "total-tokens"], "output-tokens")
  return createOtlp({ id, periodMs, host, port, count, model, token })
}

/**
 * Receives OTLP metrics over HTTP as JSON (`/v1/metrics`) and gives their totals as work. Listening starts with the
 * first read. Whoever can reach it can add work, so its numbers are declared.
 */
export const createOtlp = (options: OtlpOptions): Source & { readonly port: () => number } => {
  const { id, periodMs } = options
  const totals = new OtlpTotals()
  let server: Server | undefined
  return {
    id,
    periodMs,
    port: () => portOf(server),
    close: async () => {
      const closing = server
      server = undefined
      closing?.closeAllConnections()
      await new Promise<void>((resolve) => (closing ? closing.close(() => resolve()) : resolve()))
    },
    read: async () => {
      server ??= await listen(options, totals)
      const values = readTotals(options, totals)
      if (values.length === 0)
        throw new SourceError(id, "unsupported", `nothing received yet on port ${portOf(server)}`)
      return values
    },
  }
}

const portOf = (server: Server | undefined): number => {
  const address = server?.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const listen = (options: OtlpOptions, totals: OtlpTotals): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(REQUEST_TIMES, (request, response) => {
      receive(options, totals, request).then(
        (status) => reply(response, status),
        () => reply(response, 400),
      )
    })
    server.maxConnections = MAX_READERS
    server.once("error", reject)
    server.listen(options.port, options.host, () => resolve(server))
  })

const reply = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { "content-type": "application/json" }).end("{}")
}

/** The HTTP status for a request: 200 when its points are counted. */
const receive = async (options: OtlpOptions, totals: OtlpTotals, request: IncomingMessage): Promise<number> => {
  if (request.url !== "/v1/metrics") return 404
  if (request.method !== "POST") return 405
  if (!isAllowed(options.token, request.headers.authorization)) return 401
  if (!request.headers["content-type"]?.startsWith("application/json")) return 415
  const body = await readBody(request)
  if (body === null) return 413
  const points = parseOtlp(JSON.parse(body), options.model)
  if (!points) return 400
  return totals.add(points) ? 200 : 429
}

const isAllowed = (token: string | undefined, header: string | undefined): boolean => {
  if (token === undefined) return true
  const [expected, sent] = [Buffer.from(`Bearer ${token}`), Buffer.from(header ?? "")]
  return expected.length === sent.length && timingSafeEqual(expected, sent)
}

/** The body as text, unpacked; null when it is too long. The rest of a long one is thrown away as it comes. */
const readBody = async (request: IncomingMessage): Promise<string | null> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length <= MAX_BODY) chunks.push(chunk)
  }
  if (length > MAX_BODY) return null
  const bytes = Buffer.concat(chunks)
  if (request.headers["content-encoding"] !== "gzip") return bytes.toString("utf8")
  return (await promisify(gunzip)(bytes, { maxOutputLength: MAX_BODY })).toString("utf8")
}

const readTotals = ({ count }: OtlpOptions, totals: OtlpTotals): SensorValue[] => {
  const wanted: readonly OtlpQuantity[] = count === "total-tokens" ? ["prefillWork", "decodeWork"] : ["decodeWork"]
  const sent = totals.total("work") === null ? wanted : (["work"] as const)
  return [
    ...sent.flatMap((quantity) => toValue(totals, quantity, "work", quantity)),
    ...QUANTITIES.flatMap((quantity) => toValue(totals, quantity, quantity)),
  ]
}

/** Work made of two kinds of token comes as two parts. */
const toValue = (totals: OtlpTotals, from: OtlpQuantity, quantity: OtlpQuantity, part?: string): SensorValue[] => {
  const total = totals.total(from)
  if (!total) return []
  const common = { surface: "otlp", unit: "1", grade: "declared", accuracy: ACCURACY, covers: "workload" } as const
  const sensor = part === undefined ? quantity : `${quantity}/${part}`
  return [{ sensor, quantity, ...total, ...common, ...(part !== undefined && { part }) }]
}
