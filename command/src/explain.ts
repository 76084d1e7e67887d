import { CommandError, Unreachable, UsageError } from "./errors.ts"
import { printable } from "./world/printable.ts"

type Failure = Partial<NodeJS.ErrnoException> & {
  readonly url?: unknown
  readonly address?: unknown
  readonly port?: unknown
  readonly dest?: unknown
}

/** What the system says of a path, in words. */
const PATH: { readonly [code: string]: readonly [what: string, hint: string] } = {
  ENOENT: ["there is no such file or folder", "check the path"],
  ENOTDIR: ["a part of this path is a file, not a folder", "check the path"],
  EISDIR: ["this is a folder, not a file", "name a file"],
  EACCES: ["permission is missing", "check who may read and write there"],
  EPERM: ["the system does not permit it", "check who may read and write there"],
  EEXIST: ["it exists already and is not written over", "name another, or move it away"],
  ENOTEMPTY: ["the folder is not empty", "name another"],
  EROFS: ["the disk cannot be written to", "name another place"],
  ENOSPC: ["the disk is full", "make room and try again"],
  EDQUOT: ["the quota of the disk is used up", "make room and try again"],
  ENAMETOOLONG: ["the path is too long", "check the path"],
  ELOOP: ["links lead in a circle", "check the path"],
  EMFILE: ["too many files are open", "raise the limit (ulimit -n) and try again"],
  EIO: ["the disk fails to read or write", "check the disk"],
  ETXTBSY: ["the file is in use", "stop what uses it"],
  EBUSY: ["it is in use", "stop what uses it"],
}

/** What the network says, in words. */
const NETWORK: { readonly [code: string]: string } = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the host's name could not be looked up",
  ETIMEDOUT: "no answer in time",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  EPIPE: "the connection was cut",
  UND_ERR_CONNECT_TIMEOUT: "no answer in time",
  UND_ERR_HEADERS_TIMEOUT: "no answer in time",
  UND_ERR_BODY_TIMEOUT: "no answer in time",
  UND_ERR_SOCKET: "the connection was cut",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
}

const MAX_DEPTH = 8

/** An error with what caused it, outermost first. */
function causesOf(error: unknown): readonly Failure[] {
  const chain: Failure[] = []
  for (let at = error; typeof at === "object" && at !== null && chain.length < MAX_DEPTH; ) {
    chain.push(at as Failure)
    const { cause, errors } = at as { cause?: unknown; errors?: readonly unknown[] }
    at = cause ?? errors?.[0]
  }
  return chain
}

/** Why somebody on the network could not be asked, in words; null where the error says nothing of the kind. */
export function networkReason(error: unknown): string | null {
  for (const { code = "", name = "", message = "" } of causesOf(error).toReversed()) {
    const known = NETWORK[code]
    if (known !== undefined) return known
    if (name === "TimeoutError" || name === "AbortError") return "no answer in time"
    if (name === "HttpRequestError" || message === "fetch failed") return "the request failed"
  }
  return null
}

function pathError({ code = "", path, dest }: Failure): CommandError | null {
  const words = PATH[code]
  if (words === undefined) return null
  const [what, hint] = words
  const place = path ?? (typeof dest === "string" ? dest : "a file")
  const message = `${printable(String(place))}: ${what}`
  return code === "ENOENT" || code === "EISDIR" || code === "ENOTDIR" || code === "EEXIST"
    ? new UsageError(message, hint)
    : new CommandError(message, hint)
}

function portError({ code, address, port }: Failure): CommandError | null {
  if (code !== "EADDRINUSE" && code !== "EADDRNOTAVAIL") return null
  const place = `${address ?? ""}${port === undefined ? "" : `:${port}`}`
  return code === "EADDRINUSE"
    ? new UsageError(`${place} is in use already`, "stop what listens there, or name another port")
    : new UsageError(`${place} is no address of this machine`, "name one that is, such as 127.0.0.1")
}

/** A network error says where: viem and undici keep the URL or host in one of the causes. */
function placeIn(error: unknown): string {
  for (const cause of causesOf(error)) {
    // A path may hold the key of an account with the provider.
    if (typeof cause.url === "string" && URL.canParse(cause.url)) return new URL(cause.url).origin
    const { hostname, address, port } = cause as Failure & { readonly hostname?: unknown }
    if (typeof hostname === "string") return hostname
    if (typeof address === "string") return `${address}${port === undefined ? "" : `:${port}`}`
  }
  return "the other side"
}

/**
 * An error of the system, of the network or of ours as a person reads it. Null for anything else, which is a fault of
 * ours: nothing that a library says in its own words reaches a person as if it were an explanation.
 */
export function explainError(error: unknown): CommandError | null {
  if (error instanceof CommandError) return error
  const [outermost] = causesOf(error)
  if (outermost === undefined) return null
  const told = portError(outermost) ?? (outermost.syscall === "connect" ? null : pathError(outermost))
  if (told !== null) return told
  const reason = networkReason(error)
  return reason === null
    ? null
    : new Unreachable(`${printable(placeIn(error))}: ${reason}`, "check the URL and the network")
}
