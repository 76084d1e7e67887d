import { groupOf, type TableRow } from "./figures.ts"

const measureOf = ({ entry: { quality } }: TableRow) => quality?.name

/** `a` certainly takes no more energy for no less quality, and is better in one of them. Intervals that overlap decide nothing. */
function dominates(a: TableRow, b: TableRow): boolean {
  if (a.goodness === null || b.goodness === null) return false
  const takesNoMore = a.perUnit.hi <= b.perUnit.lo
  return takesNoMore && a.goodness >= b.goodness && (a.goodness > b.goodness || a.perUnit.hi < b.perUnit.lo)
}

/** Rows that no other of their group and their measure of quality dominates. A row without a rival is on no front. */
export function frontOf(rows: readonly TableRow[]): ReadonlySet<string> {
  const rated = rows.filter(({ goodness }) => goodness !== null)
  const rivals = (row: TableRow) =>
    rated.filter((other) => other !== row && groupOf(other) === groupOf(row) && measureOf(other) === measureOf(row))
  const isOn = (row: TableRow) => {
    const others = rivals(row)
    return others.length > 0 && !others.some((other) => dominates(other, row))
  }
  return new Set(rated.filter(isOn).map(({ id }) => id))
}
