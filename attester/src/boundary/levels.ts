import type { Boundary } from "@wattest/protocol"
import type { Coverage } from "../sources/source.ts"

/** Each level lies within the next: boards and processors in a node, nodes in a rack, racks in a facility. */
const LEVELS: { readonly [C in Coverage]: number } = {
  workload: 0,
  grid: 0,
  accelerator: 1,
  processor: 1,
  memory: 1,
  rest: 1,
  node: 2,
  rack: 3,
  facility: 4,
}

/** What a sensor must cover to see a boundary as a whole. */
const WHOLE: { readonly [B in Boundary]: Coverage } = {
  gpu: "accelerator",
  node: "node",
  rack: "rack",
  facility: "facility",
}

export const levelOf = (covers: Coverage): number => LEVELS[covers]
export const wholeOf = (boundary: Boundary): Coverage => WHOLE[boundary]

/** Whether what a sensor covers lies within something, or is it. Nothing lies within boards but boards. */
export function isWithin(covers: Coverage, whole: Coverage): boolean {
  if (covers === whole) return true
  return levelOf(covers) > 0 && levelOf(covers) < levelOf(whole)
}
