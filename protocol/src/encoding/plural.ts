/** A number with its noun, as people say it: `1 run`, `0 runs`, `0.5 runs`. */
export const plural = (count: number | bigint | string, noun: string): string =>
  `${count} ${noun}${String(count) === "1" ? "" : "s"}`
