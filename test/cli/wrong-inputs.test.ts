import assert from "node:assert/strict"
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { deployAnchors, deployerOn } from "@wattest/testkit/local/contracts"
import { freePort, run } from "@wattest/testkit/local/processes"
import { play } from "../command/support.ts"
import { NODE } from "./tree.ts"
import { layOut, type Place, typed, untyped } from "./wrong.ts"

/** `$ LINE`, then the exit code and the first line of what it says. */
const ROWS = [
  ...readFileSync(join(import.meta.dirname, "wrong-inputs.txt"), "utf8").matchAll(/^\$ (.*)\n(\d) (.*)$/gm),
].map(([, line = "", exit = "", message = ""]) => ({ line, exit: Number(exit), message }))

/** What libraries and the system say in their own words. */
const RAW =
  /\bE[A-Z]{4,}\b|Unexpected|Invalid URL|HTTP request failed|fetch failed|viem|ERR_|is not a function|undefined|\[object/

describe("wrong inputs", function () {
  this.timeout(120_000)
  let chain: Anvil
  let place: Place
  const environment = () => ({ HOME: place.DIR, WATTEST_HOME: "" })

  before(async () => {
    chain = await startAnvil({ mining: "each" })
    const registry = await deployAnchors(deployerOn(chain))
    place = layOut(chain.url, `http://127.0.0.1:${await freePort()}`, registry)
  })
  after(async () => {
    await chain.stop()
    rmSync(place.DIR ?? "", { recursive: true, force: true })
  })

  it("are more than a hundred", () => assert.ok(ROWS.length > 100, `${ROWS.length}`))

  for (const { line, exit, message } of ROWS)
    it(`wattest ${line}`, async () => {
      const world = { folder: place.FOLDER ?? "", environment: environment() }
      const answer = await play({ node: NODE }, typed(line, place), world)
      const [first = "", ...more] = untyped(answer.stderr, place).trimEnd().split("\n")
      assert.deepEqual({ exit: answer.exit, first, stdout: answer.stdout }, { exit, first: message, stdout: "" })
      assert.match(more.at(-1) ?? "", /^hint: ./)
      assert.doesNotMatch(untyped(answer.stderr, place).replaceAll(/[A-Z0-9]{3,}\b/g, "X"), RAW)
    })

  it("end the same in the programs themselves", async () => {
    const mains = new Map([
      ["device", "attester"],
      ["relay", "relayer"],
      ["registry", "registry"],
      ["prove", "prover"],
      ["verify", "verifier"],
    ])
    const env = Object.fromEntries(Object.entries(environment()).map(([name, value]) => [name, value ?? ""]))
    for (const [room, member] of mains) {
      const row = ROWS.find(({ line, exit }) => line.startsWith(`${room} `) && exit === 2 && /PDF|ABSENT/.test(line))
      assert.ok(row !== undefined, room)
      const words = typed(row.line, place)
      for (const command of [
        ["cli/src/main.ts", ...words],
        [`${member}/src/main.ts`, ...words.slice(1)],
      ]) {
        const { exit, stdout, stderr } = await run([process.execPath, ...command], { env })
        const first = untyped(stderr.split("\n")[0] ?? "", place)
        assert.deepEqual({ exit, stdout, first }, { exit: row.exit, stdout: "", first: row.message }, command.join(" "))
      }
    }
  })
})
