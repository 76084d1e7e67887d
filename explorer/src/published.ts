import type { Interval } from "./draw/intervals.ts"

/** Published numbers that nobody can check, each with who said it: they are drawn hollow beside what was proved. */
const PUBLISHED: readonly {
  readonly metric: string
  readonly work: string
  readonly name: string
  readonly joules: number
  readonly note: string
}[] = []

export const published = (metric: string, work: string | null): readonly Interval[] =>
  PUBLISHED.filter((entry) => entry.metric === metric && entry.work === work).map(({ name, joules, note }) => ({
    ...{ name, lo: joules, hi: joules, kind: "stated", note },
  }))
