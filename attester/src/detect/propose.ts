import type { Boundary } from "@wattest/protocol"
import type { Coverage, Quantity, SensorValue } from "../sources/source.ts"
import type { Bmc, Found } from "./probe.ts"

/** A configuration, and in words why it is this one. */
export type Proposal = { readonly config: object; readonly why: readonly string[] }

const carriesEnergy = ({ quantity }: SensorValue): boolean => quantity === "power" || quantity === "energy"

const meters = ({ report }: Found, covers: Coverage): boolean =>
  report.values.some((value) => carriesEnergy(value) && value.covers === covers)

const gives = ({ report }: Found, quantity: Quantity): boolean =>
  report.values.some((value) => value.quantity === quantity)

const idOf = ({ config }: Found): string => config.id

const boardsOf = (found: readonly Found[]): number =>
  Math.max(0, ...found.map(({ report }) => new Set(report.values.filter(carriesEnergy).map(({ part }) => part)).size))

/**
 * The boards by one way: the driver before an exporter, which is one program more. Another that sees the same boards is
 * kept for the occupancy that the first does not give.
 */
function boardSources(found: readonly Found[]): readonly Found[] {
  const [first, ...others] = found.filter((one) => meters(one, "accelerator"))
  if (first === undefined) return []
  const isFinding = gives(first, "smOccupancy") || first.config.kind === "hwmon"
  const isOfUuids = ({ config }: Found) => ["nvidia", "dcgm"].includes(config.kind)
  const more = isFinding || !isOfUuids(first) ? [] : others.filter((one) => isOfUuids(one) && gives(one, "smOccupancy"))
  return [first, ...more]
}

function composed(boundary: Boundary, wholes: readonly Found[], boards: number): object {
  const ids = wholes.map(idOf)
  const energy = ids.length > 1 ? { alternatives: ids } : ids[0]
  return {
    ...(boundary === "node" && energy !== undefined ? { energy } : {}),
    ...(boards > 0 ? { expect: { boards } } : {}),
  }
}

function wordsOf(found: readonly Found[], { used, boundary, bmcs }: Chosen): readonly string[] {
  const said = found.map(({ config, report }) => {
    const powers = report.values.filter(carriesEnergy)
    const boards = new Set(powers.map(({ covers, part }) => `${covers} ${part ?? ""}`.trim()))
    const what = powers.length > 0 ? `meters ${[...boards].slice(0, 9).join(", ")}` : "counts work"
    const place = "url" in config ? ` at ${String(config.url)}` : ""
    const fault = report.fault === null ? "" : `; ${report.fault.kind}: ${report.fault.detail}`
    return `${config.kind}${place}: ${what}${used.includes(config.id) ? "" : "; left out"}${fault}`
  })
  const login = bmcs.map(({ url, fingerprint }) => {
    const tls = fingerprint === null ? {} : { tls: { fingerprint } }
    const source = {
      kind: "redfish",
      id: "bmc",
      url,
      chassis: "1",
      user: "meter",
      password: { env: "BMC_PASSWORD" },
      ...tls,
    }
    return `a BMC answers at ${url}; compare its certificate, then add to "sources": ${JSON.stringify(source)}`
  })
  return [...said, ...login, BOUNDARY_WORDS[boundary]]
}

const BOUNDARY_WORDS: { readonly [B in Boundary]: string } = {
  gpu: 'boundary gpu: only boards are metered here. A meter of the node (BMC, PDU) makes it "node"',
  node: "boundary node: the BMC meters the whole machine; boards are metered within it",
  rack: "boundary rack",
  facility: "boundary facility",
}

type Chosen = { readonly used: readonly string[]; readonly boundary: Boundary; readonly bmcs: readonly Bmc[] }

/** What could be metered here; null where nothing that carries energy answered. */
export function propose(found: readonly Found[], bmcs: readonly Bmc[]): Proposal | null {
  const wholes = found.filter((one) => meters(one, "node"))
  const boards = boardSources(found)
  const engines = found.filter((one) => gives(one, "work"))
  if (wholes.length === 0 && boards.length === 0) return null
  const boundary = wholes.length > 0 ? "node" : "gpu"
  const inner = found.filter((one) => meters(one, "processor") && !wholes.includes(one))
  const chosen = [...new Set([...wholes, ...boards, ...(boundary === "node" ? inner : []), ...engines])]
  const used = chosen.map(idOf)
  const config = {
    boundary,
    sources: chosen.map(({ config: own }) => own),
    ...composed(boundary, wholes, boardsOf(boards)),
  }
  return { config, why: wordsOf(found, { used, boundary, bmcs }) }
}
