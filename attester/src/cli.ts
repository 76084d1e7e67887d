import { enrol, retire } from "./commands/enrol.ts"
import { UsageError } from "./commands/home.ts"
import { init } from "./commands/init.ts"
import { replay } from "./commands/replay.ts"
import { run as meter } from "./commands/run.ts"
import { serve } from "./commands/serve.ts"
import { sources } from "./commands/sources.ts"
import { RelayerError, submit } from "./commands/submit.ts"
import { ConfigError } from "./sources/options.ts"
import { WindowError } from "./traces/recording/window.ts"
import { TimeZoneError } from "./traces/time-zone.ts"
import { TraceError } from "./traces/trace.ts"

const USAGE = `usage: wattest-attest COMMAND [--home DIR] [--json]

  init [--scheme ed25519|p256]             make a device: its key and its folder
      --pkcs11-module FILE --token LABEL [--label wattest]
                                           the key in a token; its PIN in WATTEST_PIN or WATTEST_PIN_FILE
  enrol --operator A --voucher A --chain-id N --registry A
                                           sign the device's one enrolment
  sources check FILE                       read each source of a configuration once and show what it gives
  serve --config FILE                      meter for ever: idle runs, and workloads told to the local endpoint
  run --config FILE [labels] -- COMMAND    meter one command as a workload; exits as the command does
  replay TRACE… [options]                  make a signed run out of recorded power traces:
                                           MLPerf training :::MLLOG, PTDaemon spl.txt, nvidia-smi CSV and dmon,
                                           CodeCarbon emissions.csv, Zeus measurements (JSON, with --from);
                                           a folder stands for its node_*.txt
      --sum | --each                       several traces: parts of this one device, or one device each (DIR/node_1 …)
      --record N                           which run of emissions.csv, from 1
      --from T --to T                      only this window: epoch ms, ISO 8601, or local time
      --clip | --hold                      a window that readings do not reach: count what they cover, or hold their
                                           first and last value as an estimate
      --bridge                             lines that cannot be used are missing readings
      --interval 10s                       time between captures
      --time-zone Z | --utc-offset=+01:00  of traces without a zone; of one trace: --time-zone FILE=Z
      --shift 1h                           added to the traces' times; to one trace's: --shift FILE=-250ms
      --power-column NAME                  which of nvidia-smi's power columns
      --boards N                           boards in a log of nvidia-smi
      --boundary gpu|node|rack|facility    where the trace was metered
      --grade GRADE                        worse than the trace's own: estimated, simulated …
      --model M --unit U --zone Z --party P --workload W --job J
                                           labels of the run
      --work N --accepted N                declared totals of the window
      --carbon-intensity G --water-intensity L
                                           declared gCO2e/kWh and L/kWh
  submit --chain-id N --registry A [--first-run N] [--relayer URL]
                                           sign the closed runs' roots; print them, or hand them to a relayer
  retire --chain-id N --registry A         sign the device's end

The folder is --home, else WATTEST_HOME, else ~/.wattest. Times without --json are for people.
Exit: 0 done, 1 refused or failed, 2 usage, 3 the relayer did not answer.

examples:
  wattest-attest run --config agent.json --model llama3-8b --unit token -- python serve.py
  wattest-attest init --home device
  wattest-attest replay node_0.txt --home device --model llama2-70b --unit sample --work 3072
  wattest-attest submit --home device --chain-id 137 --registry 0x… | curl --data-binary @- URL/v1/submissions
`

/** A command resolves with its exit code where it is not 0. */
const COMMANDS: { readonly [name: string]: (args: string[]) => Promise<unknown> } = {
  init,
  enrol,
  serve,
  sources,
  run: meter,
  replay,
  submit,
  retire,
}

/** parseArgs reports unknown or incomplete flags with codes of this prefix. */
const isUsage = (error: Error): boolean =>
  error instanceof UsageError ||
  error instanceof ConfigError ||
  String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS")

/** What to do about an error, where it says so. */
function hintOf(error: Error): string | undefined {
  if (error instanceof TimeZoneError || error instanceof TraceError || error instanceof WindowError) return error.hint
  if (error instanceof UsageError) return error.hint
  return isUsage(error) ? "wattest-attest --help" : undefined
}

/** The command `wattest-attest`; resolves with its exit code. */
export async function run([name = "", ...args]: readonly string[]): Promise<number> {
  if (name === "--help" || args.slice(0, args.includes("--") ? args.indexOf("--") : args.length).includes("--help")) {
    process.stdout.write(USAGE)
    return 0
  }
  const command = COMMANDS[name]
  if (command === undefined) {
    process.stderr.write(`${name === "" ? "" : `error: no command ${name}\n`}${USAGE}`)
    return 2
  }
  try {
    const code = await command(args)
    return typeof code === "number" ? code : 0
  } catch (error) {
    if (!(error instanceof Error)) throw error
    process.stderr.write(`error: ${error.message}\n`)
    const hint = hintOf(error)
    if (hint !== undefined) process.stderr.write(`hint: ${hint}\n`)
    return isUsage(error) ? 2 : error instanceof RelayerError ? 3 : 1
  }
}
