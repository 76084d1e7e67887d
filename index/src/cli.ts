import {
  address,
  chainId,
  command,
  FROM,
  file,
  folder,
  group,
  optional,
  PORTS,
  port,
  run as runProgram,
  standard,
  text,
  toggle,
  whole,
} from "@wattest/command"
import { explain } from "./cli/explain.ts"
import { VERSION } from "./version.ts"

const FOLLOWED = {
  chain: optional(chainId, "the chain", FROM.chain),
  rpc: optional(text("URL,…"), "endpoints of the chain, separated by commas: they are compared", FROM.rpc),
  registry: optional(address, "the registry of anchors", FROM.registry),
  claims: optional(address, "the registry of claims", FROM.claims),
  "from-block": optional(whole(0, Number.MAX_SAFE_INTEGER), "where the registry was deployed; else it is looked for"),
  "silence-hours": standard(whole(1, 100_000), "48", "a device that owes runs is silent after so many hours"),
  store: standard(file, "wattest-index.sqlite", "the SQLite file; DATABASE_URL names a PostgreSQL instead"),
}

const serve = command({
  summary: "follow the chain and serve the books until SIGTERM or SIGINT",
  operands: {},
  options: {
    ...FOLLOWED,
    host: standard(text("HOST"), "127.0.0.1", "the address to listen on"),
    port: standard(port, `${PORTS.index}`, "the port to listen on"),
    reader: toggle("serve what another process takes into the same PostgreSQL"),
    webhooks: optional(file, "the file that says who is told of events, with the secrets that sign"),
    policy: optional(file, "the policy under which documents are taken and judged; without one none are"),
    explorer: optional(folder, "folder of another explorer to serve at /, in place of the one that comes along"),
    "per-minute": standard(whole(1, 1_000_000), "600", "questions that one address may ask in a minute"),
  },
  examples: ["", "--rpc https://node-a.example.org,https://node-b.example.org --port 8490"],
  run: async ({ options }, context) => (await import("./cli/serve.ts")).serve(options, context),
})

const follow = command({
  summary: "take what is final by now, and end; a second time goes on where this ended",
  operands: {},
  options: {
    ...FOLLOWED,
    again: toggle("forget first what was taken, and take all of it again; documents and events stay"),
  },
  examples: ["", "--store books.sqlite --json", "--again --rpc https://node-c.example.org"],
  run: async ({ options }, context) => (await import("./cli/follow.ts")).follow(options, context),
})

/** The commands of an index, as `wattest index` and `wattest-index` run them. */
export const NODE = group({
  summary: "the public books: both registries followed, proved against the chain, served",
  commands: { serve, follow },
  explain,
})

/** The command `wattest-index`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest-index", version: VERSION, node: NODE }, argv)
