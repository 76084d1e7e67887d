import type { Hex } from "@wattest/protocol"
import { isAddress } from "./route.ts"

/** What a reader told this page; it stays in her browser. */
export type Settings = {
  /** Another index than the one that served the page; "": that one. */
  readonly index: string
  /** Nodes of the chain that the reader believes, one a line. */
  readonly nodes: readonly string[]
  /** Registry that is read without an index; null: the index says which. */
  readonly registry: Hex | null
  /** A policy of her own, as text; "": the page's. */
  readonly policy: string
}

const KEY = "wattest-explorer"
const NOTHING: Settings = { index: "", nodes: [], registry: null, policy: "" }

export const isUrl = (text: string): boolean => /^https?:$/.test(URL.parse(text)?.protocol ?? "")

/** What is stored and makes sense; what does not is as if it were not there. */
export function readSettings(storage: Pick<Storage, "getItem"> = localStorage): Settings {
  try {
    const { index, nodes, registry, policy } = JSON.parse(storage.getItem(KEY) ?? "{}")
    return {
      index: typeof index === "string" && isUrl(index) ? index : "",
      nodes: Array.isArray(nodes) ? nodes.filter((node) => typeof node === "string" && isUrl(node)) : [],
      registry: typeof registry === "string" && isAddress(registry) ? registry : null,
      policy: typeof policy === "string" ? policy : "",
    }
  } catch {
    return NOTHING
  }
}

export const writeSettings = (settings: Settings): void => localStorage.setItem(KEY, JSON.stringify(settings))
