import { unproved } from "./table/prove.ts"
import { readTable, TABLE } from "./table/read.ts"
import { takeNoWords } from "./words/usage.ts"

takeNoWords(`usage: npm run table

Checks every file of the open table and says what is wrong with which.

Exit codes: 0 all well, 1 a file is refused, 2 usage.`)
const table = readTable()
const faults = [...table.faults, ...unproved(TABLE, table)]
for (const { file, reason } of faults) console.error(`error: ${file}: ${reason}`)
if (faults.length > 0) console.error("hint: docs/table.md says what each field must be")
else console.log(`${table.entries.size} rows are well formed, and proved where they say so`)
process.exitCode = faults.length > 0 ? 1 : 0
