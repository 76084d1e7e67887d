import assert from "node:assert/strict"
import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { EVERY } from "@wattest/command"
import { attestIn } from "@wattest/testkit/attester/program"
import { TRACE_FORMATS } from "../../../attester/src/traces/read-trace.ts"
import { createReplayer, lines, type Replayer, reading, smiTime, twoBoards } from "./support.ts"

const ROOT = join(import.meta.dirname, "../../..")
const page = readFileSync(join(ROOT, "docs/attester/traces.md"), "utf8")
const examples = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) => block.trim().split("\n"))

const START = 1_715_257_378_825
const node = (watts: number) => lines(...Array.from({ length: 12 }, (_, s) => reading(START + s * 1000, watts)))
const two = (n: number) => String(n).padStart(2, "0")

/** The files that the page's examples name. */
const FILES: { readonly [name: string]: string } = {
  "node_0.txt": node(500),
  "job/node_1.txt": node(500),
  "job/node_2.txt": node(700),
  "spoilt.txt": node(500).replace(/500(?=[^\n]*\n[^\n]*\n$)/, '"?"'),
  "gpu.csv": lines(
    "timestamp, index, power.draw [W], power.draw.instant [W]",
    ...twoBoards((at) => `${smiTime(at)}, ${at.board}, ${at.watts}.00 W, ${at.watts}.00 W`),
  ),
  "unnamed.csv": lines("timestamp, power.draw [W]", ...twoBoards((at) => `${smiTime(at)}, ${at.watts}.00 W`)),
  "dmon.txt": lines(
    "#Date Time gpu pwr",
    "#YYYYMMDD HH:MM:SS Idx W",
    ...twoBoards(({ second, board, watts }) => ` 20250101 00:00:${two(second)} ${board} ${watts}`),
  ),
  "spl.txt": lines(
    ...[0, 1, 2].map((s) => `Time,07-12-2025 10:00:0${s}.000,Watts,100.0,Volts,230.0,Amps,1.0,PF,0.9,Mark,notset`),
  ),
  "emissions.csv": lines(
    "timestamp,run_id,duration,emissions,emissions_rate,gpu_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,gpu_model",
    "2025-01-01T00:01:00,a,60.0,1e-06,1e-08,1,1e-05,0,0,1e-05,",
  ),
  "measurement.json": `${JSON.stringify({ time: 12.5, gpu_energy: { 0: 1000.25 } })}\n`,
  "samples/h100-simulated.csv": readFileSync(join(ROOT, "samples/h100-simulated.csv"), "utf8"),
}

describe("the page of traces", () => {
  let replayer: Replayer
  before(() => {
    replayer = createReplayer()
    for (const folder of ["job", "fleet", "samples"]) mkdirSync(join(replayer.folder, folder))
    for (const [name, text] of Object.entries(FILES)) replayer.write(name, text)
  })
  after(() => replayer.discard())

  for (const example of examples)
    it(`runs ${example}`, () => {
      const [program, member, ...args] = example.split(" ")
      assert.deepEqual([program, member], ["wattest", "device"])
      const { status, stderr } = attestIn(replayer.folder, ...args)
      assert.equal(status, 0, stderr)
    })

  it("shows every option of replay in an example or a table, as the help has them", () => {
    const help = attestIn(ROOT, "replay", "--help").stdout
    const options = [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, option = ""]) => option)
    assert.ok(options.length > 25)
    for (const option of options) assert.ok(option in EVERY || page.includes(`--${option}`), option)
  })

  it("has a row for every format", () => {
    for (const { name } of TRACE_FORMATS) assert.match(page, new RegExp(`\\| \`${name}\` +\\|`), name)
  })
})
