/**
 * One line of comma separated values (RFC 4180): fields may be quoted, doubled quotes stand for one, blanks around a
 * field are not part of it. Null when a quote stands anywhere else or never ends.
 */
export const splitCsvLine = (line: string): string[] | null => {
  const fields: string[] = []
  let at = 0
  while (true) {
    const field = takeField(line, at)
    if (!field) return null
    fields.push(field.text)
    if (field.end === line.length) return fields
    at = field.end + 1
  }
}

type Field = { readonly text: string; readonly end: number }

/** The field that starts at `start`, and where it ends: at a comma or the end of the line. */
const takeField = (line: string, start: number): Field | null => {
  let at = start
  while (line[at] === " " || line[at] === "\t") at += 1
  if (line[at] === '"') return takeQuoted(line, at + 1)
  const comma = line.indexOf(",", at)
  const end = comma < 0 ? line.length : comma
  const text = line.slice(at, end).trimEnd()
  return text.includes('"') ? null : { text, end }
}

const takeQuoted = (line: string, start: number): Field | null => {
  let close = line.indexOf('"', start)
  while (close >= 0 && line[close + 1] === '"') close = line.indexOf('"', close + 2)
  if (close < 0) return null
  const comma = line.indexOf(",", close)
  const end = comma < 0 ? line.length : comma
  const rest = line.slice(close + 1, end)
  return rest.trim() === "" ? { text: line.slice(start, close).replaceAll('""', '"'), end } : null
}

/** A table, and the lines after its header that are none of it. */
export type CsvTable = { readonly records: readonly ReadonlyMap<string, string>[]; readonly others: readonly string[] }

/** A table with a header line as one record per line; null where the header is none. */
export const parseCsv = (text: string): CsvTable | null => {
  const [header, ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== "")
  const names = header === undefined ? null : splitCsvLine(header)
  if (!names || new Set(names).size !== names.length) return null
  const fields = lines.map((line) => ({ line, fields: splitCsvLine(line) }))
  const isRow = ({ fields: own }: (typeof fields)[number]) => own?.length === names.length
  const recordOf = (own: readonly string[]) => new Map(names.map((name, index) => [name, own[index] ?? ""]))
  return {
    records: fields.filter(isRow).map(({ fields: own }) => recordOf(own ?? [])),
    others: fields.filter((row) => !isRow(row)).map(({ line }) => line),
  }
}
