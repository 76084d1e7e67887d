import { pino } from "pino"
import { createRelayer } from "../relayer.ts"
import { readConfig } from "./config.ts"

const PROGRESS_MS = 5000

/** Runs the relayer until it is told to stop, or with `drain` until nothing is open. Answers whether it did all that. */
export async function serve(drain: boolean): Promise<boolean> {
  const { relayer: config, logLevel } = readConfig(process.env)
  // Logs are for machines on stdout, a line each.
  const log = pino({ level: logLevel }, pino.destination({ dest: 1, sync: true }))
  const relayer = await createRelayer(config, log)
  const stop = new AbortController()
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve()))
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort())
  const sayBacklog = () => {
    const { queued, staged } = relayer.status()
    log.info({ queued, staged }, "backlog")
    return queued + staged
  }
  if (drain) {
    const progress = setInterval(sayBacklog, PROGRESS_MS)
    await relayer.drain(stop.signal).finally(() => clearInterval(progress))
  } else {
    await relayer.start()
    await stopped
  }
  const open = sayBacklog()
  await relayer.stop()
  return !drain || open === 0
}
