import { visible } from "@wattest/protocol"
import type { FastifyReply } from "fastify"
import { QueryRefused } from "./asked.ts"

/** The books stand on no block yet. */
export class NotReady extends Error {
  override readonly name = "NotReady"
}

export class NotFound extends Error {
  override readonly name = "NotFound"
}

/** An error as every route answers it: a code for machines, a sentence that says what to do. */
export const refuse = (reply: FastifyReply, status: number, code: string, message: string) =>
  reply.code(status).serializer(JSON.stringify).type("application/json").send({ error: { code, message } })

/** What a shape says of a value that does not fit it, and of which: what is not asked by that name, and what may be. */
function shapeText({ message, validation: [first] = [] }: Misshapen): string {
  const { additionalProperty, allowedValues } = first?.params ?? {}
  if (typeof additionalProperty === "string")
    return `${visible(additionalProperty).slice(0, 80)}: nothing is asked by this name; /v1/openapi.json says what is`
  return Array.isArray(allowedValues) ? `${message}: ${allowedValues.join(", ")}` : message
}

/** A refusal of the server's own validator. */
type Misshapen = {
  readonly message: string
  readonly validation?: readonly { readonly params?: { readonly [name: string]: unknown } }[]
}

const limitOf = ({ request }: FastifyReply) => request.routeOptions.bodyLimit

export function answerError(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof QueryRefused) return refuse(reply, 400, "QUERY_REFUSED", error.message)
  if (error instanceof NotFound) return refuse(reply, 404, "NOT_FOUND", error.message)
  if (error instanceof NotReady) return refuse(reply, 503, "NOT_READY", error.message)
  const status = (error as { statusCode?: number }).statusCode ?? 500
  if (status === 429) return refuse(reply, 429, "TOO_MANY", "too many questions; ask again in a minute")
  if (status === 413)
    return refuse(reply, 413, "TOO_LONG", `the body is longer than ${limitOf(reply)} bytes; send less`)
  if (status === 415)
    return refuse(reply, 415, "QUERY_REFUSED", "a body of this type is not read; send application/json")
  if (status < 500) return refuse(reply, status, "QUERY_REFUSED", shapeText(error as Misshapen))
  return refuse(reply, 500, "INTERNAL", "the index failed; the request may be repeated")
}
