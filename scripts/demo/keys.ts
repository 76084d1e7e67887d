import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

const CIRCUITS = ["fold", "join", "bound", "open"]
const textOf = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : null)

/** Whether proving keys are there, and those of the committed verification keys. */
export const areKeysMade = () =>
  CIRCUITS.every(
    (name) =>
      existsSync(`build/circuits/${name}.zkey`) &&
      textOf(`build/circuits/${name}.vkey.json`) === textOf(`circuits/keys/${name}.vkey.json`),
  )

/** Makes them, telling how far it is. Throws where that fails. */
export function makeKeys(): void {
  const { status } = spawnSync(process.execPath, ["scripts/setup.mjs", "keys"], { stdio: "inherit" })
  if (status !== 0) throw new Error("no keys were made; npm run keys makes them")
}
