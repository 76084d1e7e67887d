import type { Column, ColumnKind } from "./resources.ts"

/** What a caller asked that cannot be answered. */
export class QueryRefused extends Error {
  override readonly name = "QueryRefused"
}

const isText = (pattern: RegExp) => (value: unknown) => typeof value === "string" && pattern.test(value)
const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0

/** The longest text that is looked up. */
export const MAX_TEXT = 1024

/** Whether a value can be of a kind, whoever handed it in: as the shapes of the API describe it. */
const FITS: { readonly [kind in ColumnKind]: (value: unknown) => boolean } = {
  hash: isText(/^0x[0-9a-f]{64}$/),
  address: isText(/^0x[0-9a-f]{40}$/),
  text: (value) => typeof value === "string" && value.length <= MAX_TEXT && !value.includes("\0"),
  count: isCount,
  time: isCount,
  flag: (value) => typeof value === "boolean",
  list: () => false,
  amount: isText(/^[0-9]{1,25}$/),
}

export const fits = ({ kind, values }: Column, value: unknown): boolean =>
  FITS[kind](value) && (values === undefined || values.includes(String(value)))

/** Throws QueryRefused unless every value that was asked for can be one. */
export function checkAll(
  columns: { readonly [name: string]: Column },
  asked: { readonly [name: string]: unknown },
): void {
  for (const [name, column] of Object.entries(columns))
    if (asked[name] !== undefined) checkAsked(name, column, asked[name])
}

/** Throws QueryRefused unless a value that was asked for can be one of the column. */
export function checkAsked(name: string, column: Column, value: unknown): void {
  if (!fits(column, value)) throw new QueryRefused(`${name}: no value of this column is like that`)
}
