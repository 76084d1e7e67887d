/** A range of blocks, both ends within. */
export type Span = { readonly from: number; readonly to: number }

/** How many blocks a question for logs spans. */
export type Width = {
  readonly blocks: number
  /** At most so many times as many the next one spans. */
  readonly growth: number
  /** No node has refused one for its width. */
  readonly mayGrow: boolean
}

/** Most times that a question is as wide as the one before: where few logs are, many may follow. */
const MOST_GROWTH = 8
/** The first question. */
export const FIRST_WIDTH: Width = { blocks: 32, growth: MOST_GROWTH, mayGrow: true }
const MOST_BLOCKS = 1_000_000
/** Logs that a question is to bring: an answer is held whole, and a chain is read in few. */
const AIMED_LOGS = 8_000
/** Longest answer that is read, in bytes: two of the aimed ones. Read, folded and stored it takes several times as much memory. */
export const MOST_BYTES = 16 * 1024 * 1024

const LAST_PART = 4

/** Logs that as many blocks are to bring again: what comes next is like the last part of them, where that has more than the rest. */
export function logsAgain(logs: readonly { readonly block: number }[], { from, to }: Span): number {
  const lastPart = to - (to - from + 1) / LAST_PART
  return Math.max(logs.length, LAST_PART * logs.filter(({ block }) => block > lastPart).length)
}

/** The next question, by how many logs one of this width is to bring again. */
export function fittedWidth({ blocks, growth, mayGrow }: Width, logs: number): Width {
  const fit = Math.min(mayGrow ? growth : 1, AIMED_LOGS / Math.max(logs, 1))
  return {
    blocks: Math.min(Math.ceil(blocks * fit), MOST_BLOCKS),
    ...{ growth: Math.min(growth * 2, MOST_GROWTH), mayGrow },
  }
}

/**
 * The question in the place of one over so many blocks whose answer, of so many bytes, was too long: half as wide at most.
 * Somewhere before its end many logs begin, so that it grows slowly from there.
 */
export const shortenedWidth = (width: Width, blocks: number, bytes: number): Width => ({
  ...width,
  ...{ blocks: Math.ceil(Math.min(blocks / 2, (blocks * MOST_BYTES) / 2 / bytes)), growth: 1 },
})

/** The question in the place of one over so many blocks that a node refused. */
export const refusedWidth = (width: Width, blocks: number): Width => ({
  ...width,
  ...{ blocks: Math.ceil(blocks / 2), mayGrow: false },
})
