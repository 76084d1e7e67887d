// `npm run deploy -- --rpc URL`: `wattest-registry deploy` with what is compiled here; what is on a public chain enters
// the table that the protocol package carries.
import { mkdirSync } from "node:fs"
import { LOCAL_CHAIN_IDS, readRecord } from "@wattest/registry"
import { run } from "@wattest/registry/cli"
import { enterDeployment } from "./deploy/table.ts"

const RECORD = "build/deployment.json"

mkdirSync("build", { recursive: true })
process.exitCode = await run(["deploy", "--record", RECORD, ...process.argv.slice(2)])
const isElsewhere = process.argv.some((word) => /^--(?:help|record)\b|^-h$/.test(word))
if (process.exitCode === 0 && !isElsewhere) {
  const deployment = readRecord(RECORD)
  if (!LOCAL_CHAIN_IDS.includes(deployment.chainId)) console.log(`entered in ${enterDeployment(deployment)}`)
}
