import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { parse, parseAllDocuments } from "yaml"

export const CHART = "attester/deploy/helm/wattest-device"
/** What helm makes of the chart as it is, for machines without helm: compared with helm's word where there is one. */
export const RENDERED = "test/attester/deploy/rendered.yaml"

export const chart = (name: string): string => readFileSync(`${CHART}/${name}`, "utf8")

/** Helm, where it was built or installed; null where it was not. */
export const helm = (): string | null =>
  ["build/tools/helm", "/usr/local/bin/helm", "/usr/bin/helm"].find((place) => existsSync(place)) ?? null

export const runHelm = (tool: string, ...args: string[]) => spawnSync(tool, args, { encoding: "utf8" })

/** The token is another at each rendering. */
export const withoutToken = (rendered: string): string =>
  rendered.replace(/^( {2}(?:token|endpoint\.json): )\S+$/gm, "$1…")

type Named = { readonly name: string }
type Container = Named & {
  readonly image: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: readonly (Named & { readonly value?: string })[]
  readonly ports?: readonly (Named & { readonly containerPort: number })[]
  readonly volumeMounts: readonly (Named & { readonly mountPath: string })[]
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly livenessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } }
}
type Pod = {
  readonly containers: readonly Container[]
  readonly initContainers: readonly Container[]
  readonly volumes: readonly Named[]
} & Readonly<Record<string, unknown>>

/** What of Kubernetes' objects the tests look at. */
export type KubernetesObject = {
  readonly kind: string
  readonly metadata: Named
  readonly data: Readonly<Record<string, string>>
  readonly spec: Readonly<Record<string, unknown>> & { readonly template: { readonly spec: Pod } }
}

/** The objects of a rendering, by kind. */
export const objectsOf = (rendered: string): ReadonlyMap<string, KubernetesObject> =>
  new Map(
    parseAllDocuments(rendered).map((document) => {
      if (document.errors.length > 0) throw new Error(document.errors.join("\n"))
      const object = document.toJS() as KubernetesObject
      return [object.kind, object]
    }),
  )

export const values = (): Readonly<Record<string, unknown>> => parse(chart("values.yaml"))
