import assert from "node:assert/strict"
import { chmodSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { parseNvidiaSmi } from "../../../../attester/src/sources/gpu/nvidia-smi.ts"
import { SourceError } from "../../../../attester/src/sources/source.ts"
import { only, readOnce, rejectsWith, requireAll, SHARED_DATA, withFolder } from "../bench.ts"

const CAPTURES = join(SHARED_DATA, "nvidia-smi-captures")
const capture = (gpu: string) => join(CAPTURES, `linux-x86_64__nvidia-${gpu}__590.48.01.txt`)

/** The answers of `--query-gpu` in a capture: idle, then load. */
const queries = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(/^(timestamp, driver_version, .*\n(?:\d{4}\/.*\n)+)/gm)].map(
    ([, text]) => text ?? "",
  )

const HEADER =
  "timestamp, uuid, name, mig.mode.current, power.draw.instant [W], power.draw.average [W], power.draw [W], utilization.gpu [%], temperature.gpu"
const row = (...cells: string[]) => `2026/07/14 08:12:38.696, GPU-1, NVIDIA H100, Disabled, ${cells.join(", ")}`
const page = (...cells: string[]) => `${HEADER}\n${row(...cells)}\n`

const withCommand = (script: string, use: (command: string) => Promise<void>) =>
  withFolder(async (folder) => {
    const command = join(folder, "nvidia-smi")
    writeFileSync(command, `#!/bin/sh\n${script}\n`)
    chmodSync(command, 0o755)
    await use(command)
  })

describe("nvidia-smi", () => {
  it("reads a captured H100 at idle and under load", function () {
    requireAll(this, { files: [capture("h100-80gb-hbm3")] })
    const [idle = "", load = ""] = queries(capture("h100-80gb-hbm3"))
    const quiet = parseNvidiaSmi("smi", idle)
    assert.deepEqual(
      quiet.filter(({ quantity }) => quantity === "power").map(({ sensor }) => sensor.split("/")[1]),
      ["power.draw.instant", "power.draw.average"],
    )
    assert.equal(new Date(quiet[0]?.timeMs ?? 0).toISOString(), "2026-07-14T08:12:38.696Z")
    const [instant, average] = parseNvidiaSmi("smi", load).filter(({ quantity }) => quantity === "power")
    assert.ok(Number(instant?.value) > 500 && Number(average?.value) > 600)
    assert.equal(instant?.accuracy.gapMs, 75)
  })

  it("takes a captured MIG board's power as allocated and its [N/A] utilisation as absent", function () {
    requireAll(this, { files: [capture("h100-mig")] })
    const values = queries(capture("h100-mig")).flatMap((text) => parseNvidiaSmi("smi", text))
    assert.ok(values.some(({ quantity }) => quantity === "power"))
    assert.ok(values.every(({ grade }) => grade === "allocated"))
    assert.equal(
      values.some(({ quantity }) => quantity === "kernelTime"),
      false,
    )
  })

  it("uses power.draw only where neither newer field is offered, with its meaning on that board", () => {
    const values = parseNvidiaSmi(
      "smi",
      page("[N/A]", "[N/A]", "56.12 W", "0 %", "37").replace("H100", "A100-SXM4-80GB"),
    )
    assert.deepEqual([only(values, "power").value, only(values, "power").accuracy.windowMs], ["56.12", 25])
    assert.equal(only(parseNvidiaSmi("smi", page("70.10 W", "[N/A]", "70.1 W", "0 %", "37")), "power").value, "70.10")
  })

  it("refuses what is not a table of numbers", () => {
    const rejected: [string, RegExp, string?][] = [
      ["", /no table/],
      [`${HEADER}\n`, /no table/],
      [`${page("1 W", "1 W", "1 W", "0 %", "37").trimEnd()}, 5\n`, /no table: 2026/],
      ["No devices were found\n", /no table: No devices were found/],
      [page("1 kW", "[N/A]", "1 W", "0 %", "37"), /not a number: 1 kW/],
      [page("1 W", "1 W", "1 W", "0 %", "37").replace("2026/07/14", "14.07.2026"), /not a time/],
      [page("1 W", "1 W", "1 W", "0 %", "[GPU is lost]"), /GPU is lost/],
    ]
    for (const [text, message] of rejected) assert.throws(() => parseNvidiaSmi("smi", text), message, text)
  })

  it("keeps the values of the other boards when one is lost", () => {
    const lost =
      "2026/07/14 08:12:38.696, GPU-2, NVIDIA H100, Disabled, [GPU is lost], [GPU is lost], [GPU is lost], 0 %, 37\n"
    const parse = () => parseNvidiaSmi("smi", page("1 W", "2 W", "2 W", "0 %", "37") + lost)
    assert.throws(parse, (error) => error instanceof SourceError && only(error.values, "kernelTime").part === "GPU-1")
  })

  for (const [where, place] of [
    ["before the table", (rows: readonly string[], line: string) => [line, HEADER, ...rows]],
    ["in it", (rows: readonly string[], line: string) => [HEADER, ...rows.slice(0, 3), line, ...rows.slice(3)]],
    ["after it", (rows: readonly string[], line: string) => [HEADER, ...rows, line]],
  ] as const)
    it(`keeps seven good boards and the words about the lost one, ${where}`, () => {
      const rows = Array.from({ length: 7 }, (_, i) =>
        row("500 W", "500 W", "500 W", "90 %", "37").replace("GPU-1", `GPU-${i}`),
      )
      const line =
        "Unable to determine the device handle for GPU0000:3B:00.0: GPU is lost.  Reboot the system to recover this GPU"
      assert.throws(
        () => parseNvidiaSmi("smi", `${place(rows, line).join("\n")}\n`),
        (error) =>
          error instanceof SourceError &&
          /GPU0000:3B:00\.0: GPU is lost/.test(error.message) &&
          error.values.filter(({ sensor }) => sensor.endsWith("/power.draw.instant")).length === 7,
      )
    })

  it("quotes 120 characters of a line that is no board's, and 200 of an answer that is no table", () => {
    const noise = "x".repeat(300)
    const said = (text: string) => {
      try {
        return assert.fail(`${parseNvidiaSmi("smi", text).length} values`)
      } catch (error) {
        return /x+/.exec((error as Error).message)?.[0].length
      }
    }
    assert.equal(said(`${noise}\n${page("1 W", "2 W", "2 W", "0 %", "37")}`), 120)
    assert.equal(said(noise), 200)
  })

  it("drops fields that an older driver does not know", () =>
    withCommand(
      `case "$1" in *power.draw.instant*) echo 'Field "power.draw.instant" is not a valid field to query.'; exit 2;; esac
       case "$1" in *power.draw.average*) echo 'Field "power.draw.average" is not a valid field to query.'; exit 2;; esac
       echo 'timestamp, uuid, name, power.draw [W]'; echo '2026/07/14 08:12:38.696, GPU-1, Tesla V100, 55.00 W'`,
      async (command) => {
        const values = await readOnce(createSource({ kind: "nvidia-smi", command }))
        assert.deepEqual(
          values.map(({ sensor, value }) => [sensor, value]),
          [["GPU-1/power.draw", "55.00"]],
        )
      },
    ))

  it("runs the tool in UTC, so that its times are not read an hour off", () =>
    withCommand(
      `echo 'timestamp, uuid, name, power.draw [W]'; date '+%Y/%m/%d %H:%M:%S.000, GPU-1, Tesla V100, 55.00 W'`,
      async (command) => {
        const before = Date.now() - 1000
        const { timeMs } = only(await readOnce(createSource({ kind: "nvidia-smi", command })), "power")
        assert.ok(timeMs >= before && timeMs <= Date.now())
      },
    ))

  it("reports a missing tool, a failing one and a hanging one", async () => {
    await rejectsWith("missing", readOnce(createSource({ kind: "nvidia-smi", command: "/nowhere/nvidia-smi" })))
    await withCommand(
      "echo 'NVIDIA-SMI has failed because it could not communicate with the driver'; exit 9",
      (command) =>
        rejectsWith("failed", readOnce(createSource({ kind: "nvidia-smi", command })), /could not communicate/).then(
          () => {},
        ),
    )
    await withCommand("exec sleep 30", (command) =>
      rejectsWith("timeout", readOnce(createSource({ kind: "nvidia-smi", command, timeoutMs: 200 }))).then(() => {}),
    )
  })
})
