import { compileCircuit } from "./compile.ts"

// Circuits by name into build/circuits, without keys: for tests of their constraints alone.
for (const name of process.argv.slice(2)) await compileCircuit(`circuits/main/${name}.circom`, "build/circuits")
