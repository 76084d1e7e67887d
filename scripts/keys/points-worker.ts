import { buildBn128, type WasmCurve, type WasmGroup } from "ffjavascript"
import { type Group, type Job, POINT_BYTES } from "./points.ts"

// A worker process of points.ts: for each job it answers the generator's multiples by the job's scalars.
// Windows of 8 bits: a table holds d·2^(8w)·G for every digit d of every window w, so a multiple is at most 32 additions.

const WINDOWS = 32
const DIGITS = 256
const BATCH = 1024

type Table = { readonly multiply: (scalars: Uint8Array) => Uint8Array }

const curve = await buildBn128(true)
reserveMemory(curve, 16 * 2 ** 20)
const tables = new Map<Group, Table>()

function createTable(group: WasmGroup, prefix: string, affine: number): Table {
  const { tm } = curve
  const call = (name: string, ...args: number[]) => wasmFunction(curve, `${prefix}_${name}`)(...args)
  const add = wasmFunction(curve, `${prefix}_addMixed`)
  const jacobian = (affine / 2) * 3
  const table = tm.alloc(WINDOWS * DIGITS * affine)
  const row = tm.alloc(DIGITS * jacobian)
  const base = tm.alloc(jacobian)
  tm.setBuff(base, group.g)
  for (let window = 0; window < WINDOWS; window++) {
    call("copy", base, row)
    for (let digit = 2; digit < DIGITS; digit++)
      call("add", row + (digit - 2) * jacobian, base, row + (digit - 1) * jacobian)
    call("batchToAffine", row, DIGITS - 1, table + (window * DIGITS + 1) * affine)
    call("add", row + (DIGITS - 2) * jacobian, base, base)
  }
  const sums = tm.alloc(BATCH * jacobian)
  const points = tm.alloc(BATCH * affine)
  const multiplyBatch = (scalars: Uint8Array): Uint8Array => {
    const count = scalars.length / 32
    for (let i = 0; i < count; i++) {
      const sum = sums + i * jacobian
      call("zero", sum)
      for (let window = 0; window < WINDOWS; window++) {
        const digit = scalars[32 * i + window] ?? 0
        if (digit !== 0) add(sum, table + (window * DIGITS + digit) * affine, sum)
      }
    }
    call("batchToAffine", sums, count, points)
    return tm.getBuff(points, count * affine)
  }
  return {
    multiply: (scalars) => {
      const result = new Uint8Array((scalars.length / 32) * affine)
      for (let at = 0; at < scalars.length; at += 32 * BATCH)
        result.set(multiplyBatch(scalars.subarray(at, at + 32 * BATCH)), (at / 32) * affine)
      return result
    },
  }
}

// Outside worker threads ffjavascript allocates without growing its memory.
function reserveMemory({ tm }: WasmCurve, bytes: number) {
  tm.memory.grow(bytes / 65536)
  tm.u8 = new Uint8Array(tm.memory.buffer)
  tm.u32 = new Uint32Array(tm.memory.buffer)
}

function wasmFunction({ tm }: WasmCurve, name: string): (...args: number[]) => void {
  const found = tm.instance.exports[name]
  if (typeof found !== "function") throw new Error(`the curve's WebAssembly has no ${name}`)
  return (...args) => void found(...args)
}

process.on("message", ({ group, scalars }: Job) => {
  let table = tables.get(group)
  if (table === undefined) {
    table = createTable(curve[group], group === "G1" ? "g1m" : "g2m", POINT_BYTES[group])
    tables.set(group, table)
  }
  process.send?.(table.multiply(scalars))
})
