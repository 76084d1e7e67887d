import { getHeapSpaceStatistics } from "node:v8"

/**
 * Holds some objects, replaces each many times, and prints how large the heap's spaces of young and of old objects became,
 * in bytes. Run as the whole program, or behind one that has set how the heap grows.
 */
const HELD = 300_000
const MADE = 4_000_000
const SAMPLE = 2000

const sizeOf = (name: string) => getHeapSpaceStatistics().find(({ space_name }) => space_name === name)?.space_size ?? 0

const held: { readonly text: string; readonly parts: readonly number[] }[] = []
let [young, old] = [0, 0]
for (let n = 0; n < MADE; n++) {
  held[n % HELD] = { text: `thing ${n}`, parts: [n, n + 1, n + 2] }
  if (n % SAMPLE !== 0) continue
  young = Math.max(young, sizeOf("new_space"))
  old = Math.max(old, sizeOf("old_space"))
}
process.stdout.write(`${JSON.stringify({ young, old })}\n`)
