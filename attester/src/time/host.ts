import { readFileSync } from "node:fs"
import { uptime } from "node:os"
import type { Uptime } from "../books/stand.ts"

const BOOT_ID = "/proc/sys/kernel/random/boot_id"
/** Hexadecimal digits of a boot id that are kept: what a reading's decimal holds. */
const DIGITS = 24

function bootOf(): string {
  try {
    const id = readFileSync(BOOT_ID, "latin1").replaceAll("-", "").slice(0, DIGITS)
    return BigInt(`0x${id}`).toString()
  } catch {
    // Where the kernel names no boot, all are one, and a counter that falls is a fault that nobody explains.
    return "0"
  }
}

/** Which boot of the host this is, and for how long it has been up, sleep included. */
export const hostUptime = (): Uptime => ({ boot: bootOf(), upMs: uptime() * 1000 })
