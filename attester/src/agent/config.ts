import { type Archive, ArchiveFault, openPlace } from "@wattest/archive"
import { parseAddress, readObject, ValueError } from "@wattest/command"
import { BOUNDARIES, type Boundary, type Hex, type RegistryReference, Rejection, shape } from "@wattest/protocol"
import { type Composition, readComposition } from "../boundary/composition.ts"
import { createSources } from "../sources/create.ts"
import { ConfigError, Options } from "../sources/options.ts"
import type { Source } from "../sources/source.ts"
import { PERIODS, type Period } from "../time/period.ts"
import { type EndpointSettings, endpointOf, type Listening, metricsOf } from "../workload/listening.ts"

export type AgentConfig = {
  readonly sources: readonly Source[]
  readonly boundary: Boundary
  readonly composition: Composition
  readonly share: string | null
  readonly intervalMs: number
  readonly period: Period
  readonly zone: string
  readonly site: string
  readonly party: string
  readonly calibrations: readonly Hex[]
  readonly factors: { readonly [name: string]: string }
  /** A second place for closed runs: a folder, or a bucket of an object store; null for none. */
  readonly archive: Archive | null
  readonly relayer: { readonly url: string; readonly target: RegistryReference } | null
  /** The local endpoint; null for none. */
  readonly endpoint: EndpointSettings | null
  /** The page of metrics; null for none. */
  readonly metrics: Listening | null
}

const DAY_MS = 86_400_000
const SHARE = /^(?:0(?:\.[0-9]{1,18})?|1)$/

function matching(options: Options, name: string, pattern: RegExp, rule: string): string | null {
  const value = options.optionalText(name)
  if (value !== undefined && !pattern.test(value)) options.fail(name, rule)
  return value ?? null
}

const LABEL = shape.label()

/** A label as documents hold it: what is read here is signed with every run. */
function labelOf(options: Options, name: string): string {
  try {
    return LABEL(options.optionalText(name) ?? "", `${options.path}.${name}`)
  } catch (error) {
    throw error instanceof Rejection ? new ConfigError(error.detail) : error
  }
}

function addressOf(options: Options, name: string): Hex {
  const text = options.optionalText(name) ?? options.fail(name, "is required")
  try {
    return parseAddress(text)
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    return options.fail(name, error.message)
  }
}

function relayerOf(options: Options): AgentConfig["relayer"] {
  const given = options.object("relayer")
  if (given === undefined) return null
  const url = given.url("url").href
  const chainId = given.integer("chainId", { lo: 1, hi: Number.MAX_SAFE_INTEGER })
  const registry = addressOf(given, "registry")
  given.end()
  return { url, target: { chainId, registry } }
}

function archiveOf(options: Options): Archive | null {
  const given = options.optionalText("archive")
  if (given === undefined) return null
  try {
    return openPlace(given)
  } catch (error) {
    if (!(error instanceof ArchiveFault)) throw error
    return options.fail("archive", `${error.message}; ${error.hint}`)
  }
}

function digestsOf(options: Options): readonly Hex[] {
  const value = options.take("calibrations") ?? []
  const digests = Array.isArray(value) ? value : [null]
  if (!digests.every((digest) => typeof digest === "string" && /^0x[0-9a-f]{64}$/.test(digest)))
    options.fail("calibrations", "must be a list of digests, 0x and 64 lower-case hexadecimal digits")
  return digests as Hex[]
}

function factorsOf(options: Options): AgentConfig["factors"] {
  const value = options.take("factors") ?? {}
  if (typeof value !== "object" || value === null || !Object.values(value).every((text) => typeof text === "string"))
    options.fail("factors", "must name the origin of each factor: { NAME: TEXT }")
  return value as AgentConfig["factors"]
}

/** Reads the agent's configuration strictly; nothing is contacted. Throws ConfigError naming the field. */
export function parseAgentConfig(value: unknown): AgentConfig {
  const options = new Options(value, "config")
  const sources = createSources({ sources: options.take("sources") })
  const { composition, rests } = readComposition(options, sources)
  const config: AgentConfig = {
    sources: [...sources, ...rests],
    boundary: options.choice("boundary", BOUNDARIES),
    composition,
    share: matching(options, "share", SHARE, "must be a decimal text from 0 to 1"),
    intervalMs: options.integer("intervalMs", { lo: 50, hi: DAY_MS, default: 1000 }),
    period: options.choice("period", PERIODS, "day"),
    zone: labelOf(options, "zone"),
    site: labelOf(options, "site"),
    party: labelOf(options, "party"),
    calibrations: digestsOf(options),
    factors: factorsOf(options),
    archive: archiveOf(options),
    relayer: relayerOf(options),
    endpoint: endpointOf(options),
    metrics: metricsOf(options),
  }
  options.end()
  return config
}

const MAX_CONFIG_BYTES = 1 << 20

/** Reads the configuration file. Throws ConfigError, or a UsageError where the file is none. */
export const readAgentConfig = async (path: string): Promise<AgentConfig> =>
  parseAgentConfig(readObject(path, MAX_CONFIG_BYTES, "an agent's configuration"))
