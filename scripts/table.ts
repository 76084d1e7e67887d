// Checks every file of the open table and says what is wrong with which: `npm run table`.
import { readTable } from "./table/read.ts"

const { entries, faults } = readTable()
for (const { file, reason } of faults) console.error(`error: ${file}: ${reason}`)
if (faults.length > 0) console.error("hint: docs/table.md says what each field must be")
else console.log(`${entries.size} rows are well formed`)
process.exitCode = faults.length > 0 ? 1 : 0
