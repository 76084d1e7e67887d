import type { Filters } from "./word.ts"

/** The denominator of a share: all runs at the same boundary and of the same grades, whatever their labels. */
export function wholeOf(filters: Filters): Filters {
  return { ...filters, model: "", unit: "", zone: "", party: "" }
}
