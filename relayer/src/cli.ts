import {
  address,
  chainId,
  command,
  FROM,
  file,
  group,
  key,
  LOCAL_RELAYER,
  optional,
  port,
  required,
  run as runProgram,
  standard,
  text,
  toggle,
  url,
} from "@wattest/command"
import { explain } from "./cli/explain.ts"
import { describeSettings } from "./cli/settings.ts"
import { VERSION } from "./version.ts"

const relayer = { relayer: standard(url, LOCAL_RELAYER, "the relayer", FROM.relayer) }

const SERVING = {
  operands: {},
  options: {
    chain: optional(chainId, "the chain", FROM.chain),
    rpc: optional(text("URL,…"), "endpoints of the chain, separated by commas", FROM.rpc),
    registry: optional(address, "the registry of anchors", FROM.registry),
    key: optional(
      key,
      "the key of the account that pays: a keystore file, or URL#ADDRESS of a remote signer",
      FROM.key,
    ),
    host: optional(text("HOST"), "the address to listen on"),
    port: optional(port, "the port to listen on"),
    store: optional(file, "the SQLite file"),
  },
  about: `What is typed comes before these settings of the environment, and they before the profile:\n${describeSettings()}`,
}

const serve = command({
  ...SERVING,
  summary: "serve the API and work on the queue until SIGTERM or SIGINT",
  examples: ["", "--key relayer.json --port 8480"],
  run: async (_, context) => (await import("./cli/serve.ts")).serve(false, context),
})

const drain = command({
  ...SERVING,
  summary: "take nothing new; work until every accepted submission is final or refused, then end",
  examples: [""],
  run: async (_, context) => (await import("./cli/serve.ts")).serve(true, context),
})

const status = command({
  summary: "backlog, accounts and blocks of a running relayer",
  operands: {},
  options: relayer,
  examples: ["", "--relayer https://relay.example.org --json"],
  run: async ({ options }, context) => {
    const { askStatus, report } = await import("./cli/client.ts")
    return report(await askStatus(options.relayer), context)
  },
})

const submit = command({
  summary: "hand a submission that a device signed to a relayer",
  operands: { file: required(file, "the submission, or - for standard input") },
  options: { ...relayer, wait: toggle("wait until it is final") },
  examples: ["archive/submission.json --wait", "- < submission.json"],
  next: "prove certificate",
  run: async ({ options, operands }, context) => {
    const { submitFile, report } = await import("./cli/client.ts")
    return report(await submitFile(options.relayer, operands.file, options.wait), context)
  },
})

/** The commands of a relayer, as `wattest relay` and `wattest-relay` run them. */
export const NODE = group({
  summary: "from submissions that devices signed to the registry, durably",
  commands: { serve, drain, status, submit },
  explain,
})

/** The command `wattest-relay`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest-relay", version: VERSION, node: NODE }, argv)
