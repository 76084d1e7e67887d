import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { DEPLOYMENTS, type Deployment } from "@wattest/protocol"

const PATH = "protocol/src/chain/deployments.ts"
const START = "export const DEPLOYMENTS: { readonly [chainId: number]: Deployment } = "

/** The source text of the table of deployments. */
export function tableText(source: string, deployments: { readonly [chainId: number]: Deployment }): string {
  const at = source.indexOf(START)
  if (at < 0) throw new Error(`${PATH} does not declare DEPLOYMENTS as this script expects`)
  return `${source.slice(0, at)}${START}${JSON.stringify(deployments, null, 2)}\n`
}

/** Enters a deployment into the table that the protocol package carries. Answers the file. */
export function enterDeployment(deployment: Deployment): string {
  const source = readFileSync(PATH, "utf8")
  writeFileSync(PATH, tableText(source, { ...DEPLOYMENTS, [deployment.chainId]: deployment }))
  execFileSync("biome", ["check", "--write", "--log-level=error", PATH], { stdio: "inherit" })
  return PATH
}
