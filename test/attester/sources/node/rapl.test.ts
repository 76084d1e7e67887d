import assert from "node:assert/strict"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { skip } from "@wattest/testkit/skip"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { readOnce, rejectsWith, withFolder } from "../bench.ts"

const RANGE = "262143328850"

const makeZone = (root: string, zone: string, name: string, energy: string, range: string | null = RANGE) => {
  const folder = join(root, zone)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "name"), `${name}\n`)
  writeFileSync(join(folder, "energy_uj"), `${energy}\n`)
  if (range !== null) writeFileSync(join(folder, "max_energy_range_uj"), `${range}\n`)
  return folder
}

describe("RAPL (on a tree of powercap files)", () => {
  it("reads packages, memory and the whole board, without what lies within or is shown twice", () =>
    withFolder(async (root) => {
      makeZone(root, "intel-rapl:0", "package-0", "262143328849")
      makeZone(root, "intel-rapl:0:0", "core", "5")
      makeZone(root, "intel-rapl:0:1", "dram", "812", "65712999613")
      makeZone(root, "intel-rapl:1", "psys", "99")
      makeZone(root, "intel-rapl-mmio:0", "package-0", "262143328849")
      const values = await readOnce(createSource({ kind: "rapl", root }))
      assert.deepEqual(
        values.map(({ part, covers, value, unit, wrapsAt }) => [part, covers, value, unit, wrapsAt]),
        [
          ["intel-rapl:0", "processor", "262143328849", "uJ", RANGE],
          ["intel-rapl:0:1", "memory", "812", "uJ", "65712999613"],
          ["intel-rapl:1", "node", "99", "uJ", RANGE],
        ],
      )
    }))

  it("says where a counter wraps, so that the reading after the wrap still makes sense", () =>
    withFolder(async (root) => {
      const source = createSource({ kind: "rapl", root })
      makeZone(root, "intel-rapl:0", "package-0", "262143328000")
      const [before] = await readOnce(source)
      makeZone(root, "intel-rapl:0", "package-0", "150")
      const [after] = await readOnce(source)
      const used =
        (BigInt(after?.value ?? 0) - BigInt(before?.value ?? 0) + BigInt(after?.wrapsAt ?? 0)) % BigInt(RANGE)
      assert.equal(used, 1000n)
    }))

  it("refuses a counter of unknown range and one that is no number", () =>
    withFolder(async (root) => {
      makeZone(root, "intel-rapl:0", "package-0", "5", null)
      await rejectsWith("malformed", readOnce(createSource({ kind: "rapl", root })), /wraps/)
      makeZone(root, "intel-rapl:0", "package-0", "five")
      await rejectsWith("malformed", readOnce(createSource({ kind: "rapl", root })), /not a number/)
    }))

  it("reports a machine without RAPL as missing", () =>
    withFolder((root) => rejectsWith("missing", readOnce(createSource({ kind: "rapl", root }))).then(() => {})))

  it("reports counters that only root may read as denied", function () {
    if (process.getuid?.() === 0) skip(this, "root may read everything", "elsewhere")
    return withFolder(async (root) => {
      chmodSync(join(makeZone(root, "intel-rapl:0", "package-0", "5"), "energy_uj"), 0)
      await rejectsWith("denied", readOnce(createSource({ kind: "rapl", root })))
    })
  })
})
