import { readFileSync, writeFileSync } from "node:fs"
import { DEPLOYMENTS, type Deployment } from "@wattest/protocol"

const PATH = "protocol/src/chain/deployments.ts"
const START = "export const DEPLOYMENTS: { readonly [chainId: number]: Deployment } = "

/** The source text of the table of deployments. */
export function recordText(source: string, deployments: { readonly [chainId: number]: Deployment }): string {
  const at = source.indexOf(START)
  if (at < 0) throw new Error(`${PATH} does not declare DEPLOYMENTS as this script expects`)
  const entries = Object.entries(deployments).map(([chainId, deployment]) => {
    const fields = Object.entries(deployment).map(
      ([key, value]) => `    ${key}: ${typeof value === "string" ? `"${value}"` : value},`,
    )
    return `  ${chainId}: {\n${fields.join("\n")}\n  },\n`
  })
  return `${source.slice(0, at)}${START}{${entries.length > 0 ? `\n${entries.join("")}` : ""}}\n`
}

/** Writes a deployment into the table that the protocol package carries. */
export function recordDeployment(chainId: number, deployment: Deployment): string {
  const source = readFileSync(PATH, "utf8")
  writeFileSync(PATH, recordText(source, { ...DEPLOYMENTS, [chainId]: deployment }))
  return PATH
}
