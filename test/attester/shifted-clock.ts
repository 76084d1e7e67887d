import { readFileSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import os from "node:os"

// Loaded before a program: its host's clocks are off by what a file says, which is read again at SIGUSR2. A host that
// slept has counted on while the clock that only runs stood still.

type Shift = { readonly wallMs: number; readonly upMs: number }

const path = process.env.TEST_CLOCK ?? ""
const read = (): Shift => JSON.parse(readFileSync(path, "utf8"))
let shift = read()
process.on("SIGUSR2", () => {
  shift = read()
})
const { now } = Date
const { uptime } = os
Date.now = () => now() + shift.wallMs
os.uptime = () => uptime() + shift.upMs / 1000
syncBuiltinESMExports()
