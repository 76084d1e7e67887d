import { parseArgs } from "node:util"
import { publish } from "./ceremony/publish.ts"
import { applyBeacon, contribute, start } from "./ceremony/steps.ts"
import { CeremonyError, PHASE1_SHA256 } from "./ceremony/transcript.ts"
import { verifyCeremony } from "./ceremony/verify.ts"
import { CIRCUITS, releaseCurve } from "./keys/export.ts"

const USAGE = `usage: npm run ceremony -- start FOLDER --phase1 FILE
       npm run ceremony -- contribute FOLDER --name NAME
       npm run ceremony -- beacon FOLDER --hash HEX [--iterations EXPONENT]
       npm run ceremony -- verify FOLDER --phase1 FILE [--unfinished]
       npm run ceremony -- publish FOLDER --phase1 FILE

Makes the keys of the circuits so that nobody can forge proofs unless all contributors collude. FOLDER goes from person
to person; each verifies it, contributes, publishes the hashes printed and sends it on. The beacon is randomness from
after the last contribution, such as the hash of a block announced before. "publish" verifies and replaces the
committed development keys.

  --phase1 FILE     powers of tau, ppot_0080_17.ptau
  --pin SHA256      expect another file as phase 1; its keys are for rehearsals
  --circuit FILE    make keys for other circuits, for rehearsals; may be repeated
  --iterations N    2^N hashes between beacon and key (default 10)
  --unfinished      the beacon may be missing
  --help            this text

Examples:
  npm run ceremony -- start ceremony --phase1 ppot_0080_17.ptau
  npm run ceremony -- contribute ceremony --name "Ada"
  npm run ceremony -- verify ceremony --phase1 ppot_0080_17.ptau

Exit codes: 0 done or verified, 1 refused, 2 usage.`

const OPTIONS = {
  phase1: { type: "string" },
  pin: { type: "string" },
  circuit: { type: "string", multiple: true },
  name: { type: "string" },
  hash: { type: "string" },
  iterations: { type: "string" },
  unfinished: { type: "boolean" },
  help: { type: "boolean" },
} as const

const report = (line: string) => console.error(`ceremony: ${line}`)

class UsageError extends Error {}

function required(value: string | undefined, option: string): string {
  if (value === undefined || value === "") throw new UsageError(`${option} is missing`)
  return value
}

async function main(args: string[]) {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  if (values.help) return console.log(USAGE)
  const [command, folder] = [required(positionals[0], "a command"), required(positionals[1], "FOLDER")]
  const phase1 = () => ({ path: required(values.phase1, "--phase1"), pin: values.pin ?? PHASE1_SHA256 })
  const sources = values.circuit ?? CIRCUITS.map((name) => `circuits/main/${name}.circom`)
  const verify = async (unfinished: boolean) => {
    const { contributions } = await verifyCeremony(folder, phase1(), { sources, unfinished })
    for (const { name, hashes } of contributions) console.log(`${name}: ${JSON.stringify(hashes)}`)
  }
  const commands: Record<string, () => Promise<unknown>> = {
    start: () => start(folder, phase1(), sources, report),
    contribute: () => contribute(folder, required(values.name, "--name"), report),
    beacon: () => applyBeacon(folder, beaconOf(values), report),
    verify: () => verify(values.unfinished ?? false),
    publish: async () => {
      await verify(false)
      for (const path of await publish(folder)) report(`wrote ${path}`)
    },
  }
  const run = commands[command]
  if (run === undefined) throw new UsageError(`unknown command ${command}`)
  await run()
}

function beaconOf({ hash, iterations = "10" }: { hash?: string | undefined; iterations?: string | undefined }) {
  const hex = required(hash, "--hash").toLowerCase()
  if (!/^([0-9a-f]{2}){16,128}$/.test(hex)) throw new UsageError("--hash is not 16 to 128 bytes in hex")
  const iterationsExponent = Number(iterations)
  if (!Number.isInteger(iterationsExponent) || iterationsExponent < 10 || iterationsExponent > 40)
    throw new UsageError("--iterations is not a whole number from 10 to 40")
  return { hash: hex, iterationsExponent }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const { message, code } = error as Error & { code?: string }
  const isUsage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS")
  if (!isUsage && !(error instanceof CeremonyError)) throw error
  console.error(
    `error: ${message}\nhint: ${error instanceof CeremonyError ? error.hint : "npm run ceremony -- --help"}`,
  )
  process.exitCode = isUsage ? 2 : 1
}
await releaseCurve()
