import type { Hex } from "@wattest/protocol"

/** A page of the explorer. It stands in the address after #, so that links lead into it on any static host. */
export type Route =
  | { readonly page: "home" | "about" | "settings" }
  | { readonly page: "operator"; readonly operator: Hex }
  | { readonly page: "ledger"; readonly ledger: Hex }
  | { readonly page: "device"; readonly device: Hex }
  | { readonly page: "run"; readonly device: Hex; readonly run: number }
  | { readonly page: "claim"; readonly operator: Hex; readonly number: number }
  | { readonly page: "search"; readonly text: string }
  | { readonly page: "lost" }

export function hrefOf(route: Route): string {
  switch (route.page) {
    case "home":
      return "#/"
    case "operator":
      return `#/operators/${route.operator}`
    case "ledger":
      return `#/ledgers/${route.ledger}`
    case "device":
      return `#/devices/${route.device}`
    case "run":
      return `#/devices/${route.device}/runs/${route.run}`
    case "claim":
      return `#/claims/${route.operator}/${route.number}`
    case "search":
      return `#/search/${encodeURIComponent(route.text)}`
    default:
      return `#/${route.page}`
  }
}

const LONGEST_SEARCH = 200

export const isAddress = (text: string): text is Hex => /^0x[0-9a-f]{40}$/.test(text)
export const isHash = (text: string): text is Hex => /^0x[0-9a-f]{64}$/.test(text)
const isNumber = (text: string) => /^\d{1,15}$/.test(text)

/** Reads the part of an address after #. Whatever it is, it leads somewhere. */
export function readRoute(hash: string): Route {
  const [kind = "", first = "", second = "", third = "", ...rest] = hash.replace(/^#?\/?/, "").split("/")
  const id = first.toLowerCase()
  if (kind === "" && first === "") return { page: "home" }
  if ((kind === "settings" || kind === "about") && first === "") return { page: kind }
  if (kind === "search")
    return { page: "search", text: decoded([first, second, third, ...rest].filter(Boolean).join("/")) }
  if (rest.length > 0) return { page: "lost" }
  if (kind === "operators" && isAddress(id) && second === "") return { page: "operator", operator: id }
  if (kind === "ledgers" && isHash(id) && second === "") return { page: "ledger", ledger: id }
  if (kind === "devices" && isHash(id) && second === "") return { page: "device", device: id }
  if (kind === "devices" && isHash(id) && second === "runs" && isNumber(third))
    return { page: "run", device: id, run: Number(third) }
  if (kind === "claims" && isAddress(id) && isNumber(second) && third === "")
    return { page: "claim", operator: id, number: Number(second) }
  return { page: "lost" }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).slice(0, LONGEST_SEARCH)
  } catch {
    return text.slice(0, LONGEST_SEARCH)
  }
}
