import { parseArgs } from "node:util"
import { describeAnswer } from "./cli/answer.ts"
import { type Answer, askStatus, submitFile, Unreachable } from "./cli/client.ts"
import { SettingsRejected } from "./cli/environment.ts"
import { describeSettings } from "./cli/settings.ts"
import { keepHeapSmall } from "./cli/small-heap.ts"

const USAGE = `usage: wattest-relay serve
       wattest-relay drain
       wattest-relay status [--url URL] [--json]
       wattest-relay submit FILE [--url URL] [--wait] [--json]

Takes submissions that devices signed and anchors them in the registry.

  serve    serve the API and work on the queue until SIGTERM or SIGINT
  drain    take nothing new; work until every accepted submission is final or refused, then end
  status   backlog, accounts and blocks of a running relayer
  submit   hand FILE, a submission document, to a relayer; --wait: until it is final

  --url URL  the relayer [http://127.0.0.1:8480]
  --json     answer for machines

Examples:
  wattest-relay submit archive/submission.json --wait
  wattest-relay status --url https://relay.example.org --json

Exit status: 0 done, 1 refused or failed, 2 usage or configuration, 3 the relayer could not be reached.

serve and drain take their configuration from the environment:
${describeSettings()}
`

const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const

function complain(error: string, hint: string, code: number): number {
  process.stderr.write(`error: ${error}\nhint: ${hint}\n`)
  return code
}

function report({ status, body }: Answer, asJson: boolean): number {
  if (asJson) process.stdout.write(`${JSON.stringify(body)}\n`)
  const error = body.error as { code: string; message: string } | undefined
  if (error)
    return asJson
      ? EXIT.failed
      : complain(
          `${error.message} (${error.code})`,
          "the code says what the relayer objects to; see docs/operating.md",
          EXIT.failed,
        )
  if (!asJson) process.stdout.write(describeAnswer(body))
  return status < 300 && body.state !== "refused" ? EXIT.done : EXIT.failed
}

async function dispatch(args: readonly string[]): Promise<number> {
  const options = {
    url: { type: "string" },
    json: { type: "boolean" },
    wait: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [command, file, ...rest] = positionals
  const base = (values.url ?? "http://127.0.0.1:8480").replace(/\/+$/, "")
  if (values.help) {
    process.stdout.write(USAGE)
    return EXIT.done
  }
  if (rest.length === 0 && file !== undefined && command === "submit")
    return report(await submitFile(base, file, values.wait ?? false), values.json ?? false)
  if (file === undefined && command === "status") return report(await askStatus(base), values.json ?? false)
  if (file === undefined && (command === "serve" || command === "drain")) {
    const { serve } = await import("./cli/serve.ts")
    return (await serve(command === "drain")) ? EXIT.done : EXIT.failed
  }
  return complain(`no such command: ${positionals.join(" ") || "(none)"}`, "wattest-relay --help", EXIT.usage)
}

function explain(error: unknown): number {
  if (error instanceof SettingsRejected) {
    for (const problem of error.problems) process.stderr.write(`error: ${problem}\n`)
    process.stderr.write("hint: wattest-relay --help lists every setting\n")
    return EXIT.usage
  }
  const { message, code } = error as NodeJS.ErrnoException
  if (error instanceof Unreachable)
    return complain(message, "is the relayer running there? --url names another", EXIT.unreachable)
  if (code?.startsWith("ERR_PARSE_ARGS")) return complain(message, "wattest-relay --help", EXIT.usage)
  return complain(message, "nothing that was accepted is lost; mend this and start again", EXIT.failed)
}

/** The command `wattest-relay`; resolves with its exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  // Before all that serving loads.
  keepHeapSmall()
  return dispatch(argv).catch(explain)
}
