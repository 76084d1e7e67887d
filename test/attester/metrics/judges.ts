import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const PYTHON = "/usr/bin/python3"
const SCRIPT = join(import.meta.dirname, "judge.py")

/** A family of metrics as Prometheus' own client library for Python reads it. */
export type ReadFamily = {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly { readonly name: string; readonly labels: object; readonly value: number }[]
}

/** Whether that library is here: Debian's python3-prometheus-client. */
export const hasClient = (): boolean =>
  existsSync(PYTHON) && spawnSync(PYTHON, ["-c", "import prometheus_client.parser"]).status === 0

export const readByClient = (page: string): readonly ReadFamily[] =>
  JSON.parse(execFileSync(PYTHON, [SCRIPT], { input: page, encoding: "utf8" }))

/** Prometheus' own tool, where it was built or installed; null where it was not. */
export function promtool(): string | null {
  const places = ["build/tools/promtool", "/usr/bin/promtool", "/usr/local/bin/promtool"]
  return places.find((place) => existsSync(place)) ?? null
}

/** What it says against a page. */
export const lint = (tool: string, page: string) =>
  spawnSync(tool, ["check", "metrics"], { input: page, encoding: "utf8" })

/** What it says against a file of rules, of which JSON is a kind. */
export function checkRules(tool: string, rules: string) {
  const folder = mkdtempSync(join(tmpdir(), "wattest-rules-"))
  try {
    writeFileSync(join(folder, "rules.yml"), rules)
    return spawnSync(tool, ["check", "rules", join(folder, "rules.yml")], { encoding: "utf8" })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
