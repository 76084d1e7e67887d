import { type Context, confirm, type KeyReference } from "@wattest/command"
import { checkRecordPlace } from "../deploy/record.ts"
import { print } from "../print.ts"
import { type Endpoint, reach } from "../target.ts"
import { type Checked, type CheckWords, check } from "./check.ts"
import { type Deployed, deploy } from "./deploy.ts"

export type DeployOptions = Endpoint & {
  readonly key: KeyReference
  readonly record: string | undefined
  readonly "anchors-alone": boolean
  readonly yes: boolean
}

function printContracts(value: Deployed | Checked, context: Context): void {
  const lines = value.contracts.map(({ name, address, codeHash }) => `${name.padEnd(16)}${address}  code ${codeHash}`)
  print(context, context.json ? value : { ...value, contracts: lines })
}

/** Deploys as people ask for it, and says what is where. */
export async function runDeploy(options: DeployOptions, context: Context): Promise<undefined> {
  const { key, record, yes, "anchors-alone": anchorsAlone } = options
  const { say } = context.terminal
  if (record !== undefined) checkRecordPlace(record)
  const reached = await reach(options, context)
  const asked = async (consequence: string) => (yes ? undefined : confirm(context.terminal, consequence))
  printContracts(await deploy(reached, { key, record, anchorsAlone, say, confirm: asked }), context)
}

/** Compares, and says what was found where. */
export async function runCheck(options: Endpoint & CheckWords, context: Context): Promise<undefined> {
  printContracts(await check(await reach(options, context), options), context)
}
