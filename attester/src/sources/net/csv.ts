/**
 * One line of comma separated values (RFC 4180): fields may be quoted, doubled quotes stand for one. Null when a
 * quote never ends or text follows one.
 */
export const splitCsvLine = (line: string): string[] | null => {
  const fields: string[] = []
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y
  while (true) {
    const match = pattern.exec(line)
    if (!match) return null
    fields.push(match[1]?.replaceAll('""', '"') ?? (match[2] ?? "").trim())
    if (match[3] === "") return fields
  }
}

/** A table with a header line as one record per line; null when a line has another number of fields than the header. */
export const parseCsv = (text: string): Map<string, string>[] | null => {
  const [header, ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== "")
  const names = header === undefined ? null : splitCsvLine(header)
  if (!names || new Set(names).size !== names.length) return null
  const records: Map<string, string>[] = []
  for (const line of lines) {
    const fields = splitCsvLine(line)
    if (fields?.length !== names.length) return null
    records.push(new Map(names.map((name, index) => [name, fields[index] ?? ""])))
  }
  return records
}
