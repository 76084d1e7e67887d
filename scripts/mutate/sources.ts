import { globSync, readFileSync } from "node:fs"
import { circomEdits } from "./circom.ts"
import { type Mutant, mutantsOf } from "./mutant.ts"
import { solidityEdits } from "./solidity.ts"
import { typescriptEdits } from "./typescript.ts"

/** Where the sources of a member lie. What is generated is judged by its generator's tests, what is a test by nobody. */
const SOURCES = "{src,web}/**/*.ts"
const WORLDS: Readonly<Record<string, string>> = {
  contracts: "contracts/**/*.sol",
  circuits: "circuits/lib/**/*.circom",
}
const LEFT_OUT = [
  "**/generated/**",
  "**/node_modules/**",
  "contracts/test/**",
  // runs in a browser, from a bundle in which a mutant is not
  "verifier/web/**",
  // unrolled by a generator, which checks its own arithmetic
  "contracts/lib/{Ed25519Table,PoseidonT3,Sha512Block}.sol",
]

/** Members without a rule of ours, or, as above, in a browser. */
const UNMEASURED = ["testkit", "explorer"]

/** The members whose tests are measured, and the worlds of their own. */
export const MEMBERS: readonly string[] = [
  ...JSON.parse(readFileSync("package.json", "utf8")).workspaces.filter(
    (member: string) => !UNMEASURED.includes(member),
  ),
  ...Object.keys(WORLDS),
]

export const filesOf = (member: string): readonly string[] =>
  globSync(WORLDS[member] ?? `${member}/${SOURCES}`, { exclude: LEFT_OUT })
    .filter((file) => !file.endsWith(".d.ts"))
    .sort()

/** Every mutant of a file, in the order of its lines. */
export function mutantsIn(file: string): readonly Mutant[] {
  const text = readFileSync(file, "utf8")
  if (file.endsWith(".sol")) return mutantsOf(file, text, solidityEdits(file, text))
  return mutantsOf(file, text, file.endsWith(".circom") ? circomEdits(text) : typescriptEdits(file, text))
}
