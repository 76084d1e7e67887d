import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const PROGRAMS = join(import.meta.dirname, "../../build/if/node_modules/.bin")

/** What the tests lack, or null. */
export const missingFramework = (): string | null =>
  existsSync(join(PROGRAMS, "if-check")) ? null : "no Impact Framework: .ci/run installs conformance/if"

/** What a program of the framework says: its exit code is 0 where it refuses, too. */
function said(program: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [join(PROGRAMS, program), ...args], {
    encoding: "utf8",
    timeout: 60_000,
  })
  return `${stdout}${stderr}`
}

const inFolder = <T>(work: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-if-"))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Lets `if-run` compute a manifest: what it wrote, null where it refused, and what it said. */
export const computed = (manifest: string): { readonly written: string | null; readonly log: string } =>
  inFolder((folder) => {
    const [given, out] = [join(folder, "manifest.yaml"), join(folder, "computed.yaml")]
    writeFileSync(given, manifest)
    const log = said("if-run", "-m", given, "-o", out)
    return { written: existsSync(out) ? readFileSync(out, "utf8") : null, log }
  })

/** Whether `if-check`, which computes a computed manifest once more, finds the same. */
export const isVerified = (written: string): boolean =>
  inFolder((folder) => {
    const given = join(folder, "computed.yaml")
    writeFileSync(given, written)
    return said("if-check", "-m", given).includes("successfully verified")
  })
