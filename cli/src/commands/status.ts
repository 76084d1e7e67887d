import { glob } from "node:fs/promises"
import { dirname, join } from "node:path"
import { DEVICE_FILES, type DeviceState, listRuns, stateOf } from "@wattest/attester"
import {
  type Context,
  fieldsWithin,
  type Hex,
  jsonLine,
  type KeyReference,
  networkReason,
  type Outcome,
  proxiedFetch,
  readAtMost,
  rows,
  UsageError,
} from "@wattest/command"
import { deviceIdOf, MAX_CERTIFICATE_BYTES, parseCertificate, Rejection } from "@wattest/protocol"
import { assertGenuine, CodeMismatch, connect, deviceState, REGISTRY } from "@wattest/registry"
import { NEXT } from "../next.ts"

export type StatusOptions = {
  readonly home: string
  readonly rpc: string | undefined
  readonly chain: number | undefined
  readonly registry: Hex | undefined
  readonly claims: Hex | undefined
  readonly operator: Hex | undefined
  readonly voucher: Hex | undefined
  readonly relayer: string | undefined
  readonly key: KeyReference | undefined
}

const TIMEOUT_MS = 5000
const MAX_ANSWER_BYTES = 1024 * 1024

type OnChain = { readonly line: string; readonly nextRun: bigint; readonly state: string | null }

/** What the chain says of the device; a chain that does not answer says nothing. */
async function askChain(
  { rpc, chain, registry }: StatusOptions,
  device: Hex | null,
  context: Context,
): Promise<OnChain> {
  const silent = (line: string): OnChain => ({ line, nextRun: 0n, state: null })
  if (rpc === undefined) return silent("none: wattest init")
  const { origin } = new URL(rpc)
  try {
    const target = await connect({ rpc, chain, registry }, context)
    const line = `${target.chainId}, served by ${origin}`
    if (device === null) return silent(line)
    await assertGenuine(target, REGISTRY)
    const { state, nextRun } = await deviceState(target, device)
    return { line, nextRun, state }
  } catch (error) {
    if (error instanceof UsageError || error instanceof CodeMismatch)
      return silent(`${chain ?? "unknown"}, but ${error.message}`)
    return silent(`${chain ?? "unknown"}, but ${origin}: ${networkReason(error) ?? "the node refuses the question"}`)
  }
}

async function relayerLine(relayer: string | undefined): Promise<string> {
  if (relayer === undefined) return "none"
  try {
    const response = await proxiedFetch(`${relayer}/v1/status`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const { queued, staged } = await fieldsWithin(response, MAX_ANSWER_BYTES)
    return `${relayer}: ${Number(queued)} queued, ${Number(staged)} sent`
  } catch (error) {
    return `${relayer} does not answer: ${networkReason(error) ?? "it is no relayer"}`
  }
}

/** Runs of a device that certificates in a folder hold. */
async function certified(folder: string, device: Hex): Promise<ReadonlySet<bigint>> {
  const runs = new Set<bigint>()
  for await (const name of glob("*.certificate.json", { cwd: folder })) {
    const bytes = readAtMost(join(folder, name), MAX_CERTIFICATE_BYTES)
    if (bytes.length > MAX_CERTIFICATE_BYTES) continue
    try {
      const certificate = parseCertificate(bytes)
      if (deviceIdOf(certificate.device) === device) for (const { run } of certificate.runs) runs.add(run)
    } catch (error) {
      if (!(error instanceof Rejection)) throw error
    }
  }
  return runs
}

type Held = { readonly id: Hex; readonly state: DeviceState }

async function deviceIn(home: string): Promise<Held | null> {
  try {
    const state = await stateOf(home)
    return { id: deviceIdOf(state.device), state }
  } catch (error) {
    if (error instanceof UsageError) return null
    throw error
  }
}

type Counts = { readonly [name in "open" | "spooled" | "anchored" | "void" | "certified"]: number }

/** How many runs are where; what the chain has is anchored, whether or not its receipt came back. */
async function countRuns({ id, state }: Held, onChain: bigint, home: string, folder: string): Promise<Counts> {
  const anchoredBelow = onChain > state.anchoredBelow ? onChain : state.anchoredBelow
  const runs = await listRuns({ ...state, anchoredBelow }, join(home, DEVICE_FILES.archive))
  const count = (wanted: string) => runs.filter((run) => run.state === wanted).length
  return {
    open: state.openRun === null ? 0 : 1,
    spooled: count("spooled"),
    anchored: count("anchored"),
    void: count("void"),
    certified: (await certified(folder, id)).size,
  }
}

function nextOf({ rpc, registry }: StatusOptions, state: string | null, runs: Counts | null): string {
  if (rpc === undefined) return "init"
  if (registry === undefined) return "deploy"
  if (runs === null || state === null || state === "unknown") return NEXT.enrol
  if (runs.spooled > 0) return "relay serve"
  return runs.anchored > 0 && runs.certified === 0 ? "prove certificate" : NEXT.run
}

/** One screen. A chain or a relayer that does not answer is said, and stops nothing. */
export async function status(options: StatusOptions, context: Context): Promise<Outcome> {
  const { profile, folder, terminal, json } = context
  const { home, registry, claims, operator, voucher, key } = options
  const held = await deviceIn(home)
  const [chain, relayer] = await Promise.all([
    askChain(options, held?.id ?? null, context),
    relayerLine(options.relayer),
  ])
  const place = profile === null ? folder : dirname(profile.file)
  const runs = held && (await countRuns(held, chain.nextRun, home, place))
  const configured = {
    profile: profile?.file,
    chain: chain.line,
    registry,
    claims,
    operator,
    voucher,
    key: key?.kind === "remote" ? `${key.url}#${key.address}` : key?.file,
    relayer,
    home,
    device: held?.id,
    enrolment: chain.state ?? (held?.state.enrolment ? "signed" : undefined),
  }
  const counted = runs && {
    runs: `${runs.open} open, ${runs.spooled} spooled, ${runs.anchored} anchored, ${runs.void} void`,
    certified: `${runs.certified}`,
  }
  if (json) terminal.print(jsonLine({ ...configured, runs }))
  else
    terminal.print(rows(Object.entries({ ...configured, ...counted }).map(([name, value]) => [name, value ?? "none"])))
  return { next: nextOf(options, chain.state, runs) }
}
