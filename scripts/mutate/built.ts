/** Node programs that bring what is built of a source up to date with it, as far as these tests need it. */
export function buildSteps(file: string, tests: readonly string[]): readonly (readonly string[])[] {
  if (file.endsWith(".sol")) return stepsOfContracts(tests)
  if (file.endsWith(".circom")) return stepsOfCircuits(file)
  return []
}

const HARDHAT = ["node_modules/hardhat/dist/src/cli.js", "build", "--quiet"]

/** Tests in Solidity need what they import, which is soon compiled; other tests need what is deployed. */
function stepsOfContracts(tests: readonly string[]) {
  const inSolidity = tests.filter((test) => test.endsWith(".sol"))
  return [
    ...(inSolidity.length > 0 ? [[...HARDHAT, ...inSolidity]] : []),
    ...(inSolidity.length < tests.length ? [[...HARDHAT, "--no-tests"], ["scripts/export-contracts.ts"]] : []),
  ]
}

/** Tests compile templates themselves, but for those that are a whole circuit. */
export const WHOLE_CIRCUITS = ["open", "join", "bound"]

function stepsOfCircuits(file: string) {
  const names = WHOLE_CIRCUITS.filter((name) => file === `circuits/lib/${name}.circom`)
  return names.length === 0 ? [] : [["scripts/keys/compile-main.ts", ...names]]
}
