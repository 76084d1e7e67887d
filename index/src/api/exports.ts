import { Readable } from "node:stream"
import type { FastifyReply, FastifyRequest } from "fastify"
import { refuse } from "./errors.ts"
import { csv, ndjson } from "./formats.ts"
import type { Item } from "./list.ts"
import { payerOf } from "./payer.ts"
import { createPlaces } from "./places.ts"
import type { Resource } from "./resources.ts"

const TYPES = { csv: "text/csv", ndjson: "application/x-ndjson" } as const

/** How a whole list is sent. */
export type ExportFormat = keyof typeof TYPES

/** Whole lists that are sent at once, each for so long: one reads on for as long as its reader does. */
export const MAX_EXPORTS = 16
const EXPORT_MS = 600_000

export type Exported = {
  readonly format: ExportFormat
  readonly resource: Pick<Resource, "columns">
  readonly pages: AsyncIterable<readonly Item[]>
}

/** Sends all rows as text, as fast as their reader takes them. */
export type Export = (request: FastifyRequest, reply: FastifyReply, exported: Exported) => FastifyReply

export function createExport(): Export {
  const places = createPlaces(MAX_EXPORTS)
  return (request, reply, { format, resource, pages }) => {
    reply.type(TYPES[format])
    // A stream has no length that could be told.
    if (request.method === "HEAD") return reply.send(Readable.from([]))
    const giveBack = places.take(payerOf(request.ip))
    if (giveBack === null)
      return refuse(reply, 503, "BUSY", "too many whole lists are being sent; ask again soon, or page by page")
    const stream = Readable.from(format === "csv" ? csv(resource, pages) : ndjson(pages))
    const limit = setTimeout(() => stream.destroy(), EXPORT_MS)
    limit.unref()
    stream.once("close", () => {
      clearTimeout(limit)
      giveBack()
    })
    return reply.serializer(String).send(stream)
  }
}
