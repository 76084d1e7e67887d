import { Memory } from "../entrance/memory.ts"
import { type Page, scrape } from "../net/scrape.ts"
import { type Source, SourceError } from "../source.ts"
import { readSeries, type Selector } from "./series.ts"

/**
 * An exporter's page through selectors. What the page lacks of them is a fault, beside the values that it has; a
 * series that was there and is gone is one too, so that a lost part is never a smaller whole without a word.
 */
export const createExporter = (
  { id, periodMs, page, surface }: { id: string; periodMs: number; page: Page; surface: string },
  selectors: readonly Selector[],
): Source => {
  const memory = new Memory()
  return {
    id,
    periodMs,
    close: async () => {},
    read: async (signal) => {
      const samples = await scrape(id, page, signal)
      const found = selectors.map((selector) => readSeries(selector, samples, surface))
      const values = found.flatMap(({ values }) => values)
      const problems = found.flatMap(({ problems }) => problems)
      const here = values.map(({ sensor }) => sensor)
      const gone = memory.missing(here)
      memory.keep(here)
      if (problems.length > 0) throw new SourceError(id, "unsupported", problems.join("; "), values)
      if (gone.length > 0)
        throw new SourceError(id, "missing", `no longer on the page: ${gone.join(", ")}`.slice(0, 300), values)
      if (values.length === 0) throw new SourceError(id, "unsupported", "the page has none of what is asked for")
      return values
    },
  }
}
