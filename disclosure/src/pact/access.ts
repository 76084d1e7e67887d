import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import { check, decodeUtf8, type Hex, parsePlainText, shape } from "@wattest/protocol"
import type { ProductFootprint } from "./footprint.ts"

const { array, described, hex, nullable, object, optional, text } = shape

/** Longest file of clients, in bytes. */
export const MAX_CLIENTS_BYTES = 1024 * 1024

/** Unreserved characters alone: OAuth 2.0 escapes others before HTTP Basic, which half of all clients forget. */
const NAME = /^[A-Za-z0-9._~-]{1,128}$/
const name = described({ type: "string", pattern: NAME.source }, (value, path) => {
  const isName = typeof value === "string" && NAME.test(value)
  check(isName, "FIELD_MALFORMED", `${path}: expected 1 to 128 letters, digits and . _ ~ -`)
  return value as string
})

const httpsUrl = described({ type: "string", pattern: "^https://" }, (value, path) => {
  const isUrl = typeof value === "string" && value.startsWith("https://") && URL.canParse(value)
  check(
    isUrl && new URL(value).username === "",
    "FIELD_MALFORMED",
    `${path}: expected an https URL, without a name in it`,
  )
  return value as string
})

const answers = object({
  /** Of the client's own host of PACT, without `/3/events`. */
  url: httpsUrl,
  tokenUrl: httpsUrl,
  /** This host's id there, and the file of its secret. */
  id: text(256),
  secretFile: text(4096),
})
/** Where a client's requests are answered. What a request says of its source is never asked: it is the client's to choose. */
export type Answers = shape.TypeOf<typeof answers>

const client = object({
  id: name,
  /** SHA-256 of the secret's bytes: who reads the file cannot ask. */
  secretDigest: hex(32),
  /** Product ids that the client may see; null: all of them. */
  products: nullable(array(text(256), { max: 256 })),
  answers: optional(answers),
})
export type Client = shape.TypeOf<typeof client>

const clientsShape = object({ clients: array(client, { min: 1, max: 1024 }) })

/** Reads an untrusted file of clients. Throws a Rejection. */
export function parseClients(bytes: Uint8Array): readonly Client[] {
  const { clients } = clientsShape(parsePlainText(decodeUtf8(bytes, MAX_CLIENTS_BYTES)), "$")
  const ids = new Set(clients.map(({ id }) => id))
  check(ids.size === clients.length, "FIELD_MALFORMED", "$.clients: two have the same id")
  return clients
}

/** Whether a client may see a footprint. */
export const isSeen = ({ products }: Client, { productIds }: ProductFootprint): boolean =>
  products === null || productIds.some((id) => products.some((own) => own.toLowerCase() === id.toLowerCase()))

const digestOf = (secret: string): Buffer => createHash("sha256").update(secret, "utf8").digest()
const bytesOf = (digest: Hex): Buffer => Buffer.from(digest.slice(2), "hex")

/** What stands in for the digest of a client that nobody knows: no secret has it, and it is compared all the same. */
const NOBODY = randomBytes(32)

/** Whoever presents a token, or why nobody does. */
export type Presented = { readonly client: Client } | { readonly client: null; readonly reason: "invalid" | "expired" }

export type Access = {
  /** The client whose id and secret these are; null: they are nobody's. */
  readonly authenticate: (id: string, secret: string) => Client | null
  readonly issue: (client: Client) => string
  readonly present: (token: string) => Presented
}

export type AccessSetup = {
  readonly clients: readonly Client[]
  readonly lifetimeSeconds: number
  readonly nowMs: () => number
}

/**
 * Clients and their tokens. A token is the client's id and the time of its end under a key that this process made: nothing
 * is kept of it, no other server's holds here, and all end with the process.
 */
export function createAccess({ clients, lifetimeSeconds, nowMs }: AccessSetup): Access {
  const key = randomBytes(32)
  const byId = new Map(clients.map((one) => [one.id, one]))
  const sealOf = (payload: string): Buffer => createHmac("sha256", key).update(payload).digest()
  return {
    authenticate(id, secret) {
      const known = byId.get(id)
      const isRight = timingSafeEqual(digestOf(secret), known === undefined ? NOBODY : bytesOf(known.secretDigest))
      return isRight && known !== undefined ? known : null
    },
    issue({ id }) {
      const payload = `${id}:${Math.floor(nowMs() / 1000) + lifetimeSeconds}`
      return `${Buffer.from(payload).toString("base64url")}.${sealOf(payload).toString("base64url")}`
    },
    present(token) {
      const [, head = "", tail = ""] = /^([A-Za-z0-9_-]{1,256})\.([A-Za-z0-9_-]{43})$/.exec(token) ?? []
      const payload = Buffer.from(head, "base64url").toString("utf8")
      const seal = Buffer.from(tail, "base64url")
      const known = seal.length === 32 && timingSafeEqual(seal, sealOf(payload)) ? payload : ""
      const [id = "", end = "0"] = known.split(":")
      const holder = byId.get(id)
      if (holder === undefined) return { client: null, reason: "invalid" }
      return Number(end) * 1000 > nowMs() ? { client: holder } : { client: null, reason: "expired" }
    },
  }
}

/** Id and secret of an HTTP Basic header; null where it is none. */
export function basicOf(header: string | undefined): { readonly id: string; readonly secret: string } | null {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]{1,2048}={0,2}) *$/i.exec(header ?? "") ?? []
  if (encoded === undefined) return null
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? []
  return id === undefined || secret === undefined ? null : { id, secret }
}
