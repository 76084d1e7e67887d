/**
 * Works on what comes, `width` at a time and in order; gives what it came to, in the same order. The source is asked for no
 * more than there is room for, so that memory holds `width` of it. After an error nothing more is begun.
 */
export async function inLanes<T, R>(
  source: Iterator<T> | AsyncIterator<T>,
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let [begun, isOver] = [0, false]
  const lane = async () => {
    while (!isOver) {
      const place = begun++
      const next = await source.next()
      if (next.done) return
      results[place] = await work(next.value)
    }
  }
  const guarded = () =>
    lane().finally(() => {
      isOver = true
    })
  await Promise.all(Array.from({ length: width }, guarded))
  return results
}
