import { UsageError } from "../errors.ts"

type Environment = { readonly [name: string]: string | undefined }

const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.[0-9]+){3}|\[::1\])$/

/** A variable in lower or, where that is not set, in upper case, as other programs read it. */
const variable = (environment: Environment, name: string) =>
  environment[name.toLowerCase()] || environment[name.toUpperCase()] || ""

/** Whether an entry of NO_PROXY names this host: itself, what is under it, or, with a port, one port of it. */
function isNamed(entry: string, { hostname, port, protocol }: URL): boolean {
  if (entry === "*") return true
  const [, name = "", only] = /^(?:\*?\.)?(.+?)(?::([0-9]+))?$/.exec(entry.toLowerCase()) ?? []
  if (name === "") return false
  const actual = port === "" ? (protocol === "https:" ? "443" : "80") : port
  return (only === undefined || only === actual) && (hostname === name || hostname.endsWith(`.${name}`))
}

/**
 * The proxy through which a URL is asked, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case; null: directly. This
 * machine is never asked through one. Throws a UsageError where the variable holds no URL of a proxy.
 */
export function proxyOf(url: URL, environment: Environment = process.env): URL | null {
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY"
  const proxy = variable(environment, name)
  if (proxy === "" || LOOPBACK.test(url.hostname)) return null
  if (
    variable(environment, "NO_PROXY")
      .split(/[\s,]+/)
      .some((entry) => isNamed(entry, url))
  )
    return null
  const spelled = proxy.includes("://") ? proxy : `http://${proxy}`
  if (!/^https?:\/\//.test(spelled) || !URL.canParse(spelled))
    throw new UsageError(
      `${name} is no URL of a proxy`,
      "write http://host:port, and hosts to ask directly in NO_PROXY",
    )
  return new URL(spelled)
}

/** `fetch`, through the proxy that the environment names. Through one, no redirect is followed. */
export const proxiedFetch: typeof fetch = async (input, init) => {
  const proxy = proxyOf(new URL(input instanceof Request ? input.url : input))
  if (proxy === null) return fetch(input, init)
  return (await import("./tunnel.ts")).fetchThrough(proxy, new Request(input, init))
}
