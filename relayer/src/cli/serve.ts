import { aborted, type Context, EXIT, type Outcome, untilStopped } from "@wattest/command"
import { keepHeapSmall } from "@wattest/store"
import { pino } from "pino"
import { createRelayer } from "../relayer.ts"
import { readConfig } from "./config.ts"
import type { SettingName } from "./settings.ts"

const PROGRESS_MS = 5000

/** Which setting each option stands for. */
const SETTING = {
  chain: "WATTEST_RELAY_CHAIN_ID",
  rpc: "WATTEST_RELAY_RPC_URLS",
  registry: "WATTEST_RELAY_REGISTRY",
  key: "WATTEST_RELAY_KEY",
  host: "WATTEST_RELAY_HOST",
  port: "WATTEST_RELAY_PORT",
  store: "WATTEST_RELAY_STORE",
} as const satisfies { readonly [option: string]: SettingName }

/** The environment with what was typed on top, and beneath it what the profile says. */
function environmentOf({ environment, given }: Context): NodeJS.ProcessEnv {
  const [typed, otherwise]: [NodeJS.ProcessEnv, NodeJS.ProcessEnv] = [{}, {}]
  for (const [option, setting] of Object.entries(SETTING)) {
    const [value] = given.get(option) ?? []
    if (value !== undefined) (value.origin === `--${option}` ? typed : otherwise)[setting] = value.text
  }
  return { ...otherwise, ...environment, ...typed }
}

/** Runs the relayer until it is told to stop, or with `drain` until nothing is open.  */
export async function serve(drain: boolean, context: Context): Promise<Outcome> {
  // Before all that serving loads grows.
  keepHeapSmall()
  const { relayer: config, logLevel } = await readConfig(environmentOf(context), context.terminal)
  // Logs are for machines on stdout, a line each.
  const log = pino({ level: logLevel }, pino.destination({ dest: 1, sync: true }))
  const relayer = await createRelayer(config, log)
  const stop = untilStopped()
  const sayBacklog = () => {
    const { queued, staged } = relayer.status()
    log.info({ queued, staged }, "backlog")
    return queued + staged
  }
  if (drain) {
    const progress = setInterval(sayBacklog, PROGRESS_MS)
    await relayer.drain(stop).finally(() => clearInterval(progress))
  } else {
    await relayer.start()
    await aborted(stop)
  }
  const open = sayBacklog()
  await relayer.stop()
  return { exit: !drain || open === 0 ? EXIT.done : EXIT.failed }
}
