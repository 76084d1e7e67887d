// Writes the unrolled contracts: `npm run generate`. A test compares the files with what this writes.
import { writeFileSync } from "node:fs"
import { generated } from "./generate/index.ts"

for (const [path, text] of Object.entries(generated())) writeFileSync(path, text)
