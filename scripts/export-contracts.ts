// Part of `npm run build`: writes what `wattest-registry` deploys and compares code on chain with.
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { exportContracts } from "./deploy/export.ts"

const PATH = "registry/assets/contracts.json"

mkdirSync(dirname(PATH), { recursive: true })
writeFileSync(PATH, `${JSON.stringify(await exportContracts())}\n`)
