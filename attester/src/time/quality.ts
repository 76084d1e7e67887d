import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { Clock } from "@wattest/protocol"

const TIMEOUT_MS = 2000

/** Runs a program and gives what it prints. Rejects where it is not there, fails or hangs. */
export type Ask = (program: string, args: readonly string[]) => Promise<string>

const ask: Ask = async (program, args) =>
  (await promisify(execFile)(program, args, { timeout: TIMEOUT_MS, env: { ...process.env, LC_ALL: "C" } })).stdout

/** A reference that chrony names while it follows none. */
const NO_REFERENCE = "00000000"

/** What each keeper of a host's time says of it: true, false, or null where it says nothing. */
const KEEPERS: readonly ((ask: Ask) => Promise<boolean | null>)[] = [
  async (ask) => {
    // Fields: reference id, name, stratum, …, and last the leap status.
    const fields = (await ask("chronyc", ["-c", "tracking"])).trim().split(",")
    if (fields.length < 14) return null
    return fields[0] !== NO_REFERENCE && fields.at(-1) !== "Not synchronised"
  },
  async (ask) => {
    // systemd passes on what the kernel's clock says of itself (adjtimex).
    const answer = (await ask("timedatectl", ["show", "--property=NTPSynchronized", "--value"])).trim()
    return answer === "yes" ? true : answer === "no" ? false : null
  },
]

/**
 * How far the host's clock can be believed: asked of whoever keeps it, never configured. Informative where nobody says.
 */
export async function clockQuality(program: Ask = ask): Promise<Clock> {
  for (const keeper of KEEPERS) {
    const isSynchronised = await keeper(program).catch(() => null)
    if (isSynchronised !== null) return isSynchronised ? "synchronised" : "unsynchronised"
  }
  return "informative"
}
