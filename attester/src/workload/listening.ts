import type { Server } from "node:http"
import { type AddressInfo, isIP, isIPv6 } from "node:net"
import { MAX_READERS } from "@wattest/command"
import { ConfigError, type Options } from "../sources/options.ts"
import { TOKEN } from "./access.ts"

/** Where a server of the device listens. */
export type Listening = { readonly host: string; readonly port: number }

/** The local endpoint as the configuration wants it. */
export type EndpointSettings = Listening & {
  /** Names by which others than this machine's own processes reach it. */
  readonly names: readonly string[]
  /** A token that is given; null for a new one at each start. */
  readonly token: string | null
  /** Whether a Unix socket is in the device's folder too. */
  readonly socket: boolean
}

const LOOPBACK = "127.0.0.1"

/** This machine's processes alone, at a port that is free. */
export const ANY_PORT: EndpointSettings = { host: LOOPBACK, port: 0, names: [], token: null, socket: false }

export const isLoopback = (host: string): boolean => host === "::1" || host.startsWith("127.")

const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/

function listeningOf(options: Options): Listening {
  const host = options.text("host", LOOPBACK)
  if (isIP(host) === 0) options.fail("host", "must be an address of this machine, such as 127.0.0.1 or 0.0.0.0")
  return { host, port: options.integer("port", { lo: 0, hi: 65_535, default: 0 }) }
}

function tokenOf(options: Options): string | null {
  if (!options.has("token")) return null
  const token = options.secret("token")
  return TOKEN.test(token) ? token : options.fail("token", "must have 32 to 128 letters, digits, - or _")
}

/** `endpoint`, or `port` alone for this machine's processes; null for none. */
export function endpointOf(options: Options): EndpointSettings | null {
  const given = options.object("endpoint")
  if (given === undefined)
    return options.has("port") ? { ...ANY_PORT, port: options.integer("port", { lo: 0, hi: 65_535 }) } : null
  if (options.has("port")) options.fail("port", "stands within endpoint already")
  const listening = listeningOf(given)
  const names = given.texts("names", undefined, [])
  if (!names.every((name) => NAME.test(name))) given.fail("names", "must hold host names in lower case, without a port")
  const settings = { ...listening, names, token: tokenOf(given), socket: given.flag("socket", false) }
  given.end()
  return settings
}

/** The page of metrics; null for none. */
export function metricsOf(options: Options): Listening | null {
  const given = options.object("metrics")
  if (given === undefined) return null
  const listening = listeningOf(given)
  given.end()
  return listening
}

/** Most bytes of the path of a Unix socket on Linux. */
const MAX_SOCKET_PATH = 107

/** Listens at a port, or at the path of a Unix socket. Throws ConfigError where no socket can have the path. */
export function listen(server: Server, place: Listening | { readonly path: string }): Promise<void> {
  if ("path" in place && Buffer.byteLength(place.path) > MAX_SOCKET_PATH)
    throw new ConfigError(
      `config.endpoint.socket: ${place.path} is longer than the ${MAX_SOCKET_PATH} bytes of a socket`,
    )
  server.maxConnections = MAX_READERS
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(place, resolve)
  })
}

/** The host of a URL that leads to an address at which a server listens. */
export const hostOf = (address: string): string =>
  address === "0.0.0.0" || address === "::" ? "127.0.0.1" : isIPv6(address) ? `[${address}]` : address

/** By which the processes of this machine reach a server. */
export const urlOf = (server: Server, address: string): string =>
  `http://${hostOf(address)}:${(server.address() as AddressInfo).port}`
