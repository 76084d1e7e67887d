import { writeFileSync } from "node:fs"
import { generated } from "./generate/index.ts"
import { takeNoWords } from "./words/usage.ts"

takeNoWords(`usage: npm run generate

Writes what is generated: unrolled contracts, schemas, vectors, tables. A test compares the files with what this writes.`)
for (const [path, text] of Object.entries(generated())) writeFileSync(path, text)
