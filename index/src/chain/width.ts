/** How many blocks a question for logs spans; `mayGrow`: no node has refused one for its width. */
export type Width = { blocks: number; mayGrow: boolean }

/** Blocks of the first question for logs; a node that refuses is asked for half as many. */
export const FIRST_WIDTH = 32
const MOST_WIDTH = 1_000_000
/** Logs that a question is to bring: an answer is held whole, and a chain is read in few. */
const AIMED_LOGS = 8_000
/** Most times that a question is as wide as the one before: where few logs are, many may follow. */
const GROWTH = 8

/** Blocks of the next question, by how many logs the last one of this width brought. */
export function fittedWidth({ blocks, mayGrow }: Width, logs: number): number {
  const fit = Math.min(mayGrow ? GROWTH : 1, AIMED_LOGS / Math.max(logs, 1))
  return Math.min(Math.ceil(blocks * fit), MOST_WIDTH)
}
