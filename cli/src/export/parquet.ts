import { randomUUID } from "node:crypto"
import { link, mkdtemp, open, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import { syncFolder } from "@wattest/archive"
import { CommandError, placed } from "@wattest/command"
import { type Cell, COLUMNS, type ColumnType } from "./rows.ts"

type Library = typeof import("@duckdb/node-api")

async function loadLibrary(): Promise<Library> {
  try {
    return await import("@duckdb/node-api")
  } catch {
    throw new CommandError(
      "an export needs the package @duckdb/node-api, which has prebuilt code for Linux, macOS and Windows",
      "npm install @duckdb/node-api@1.5.6-r.1, beside wattest",
    )
  }
}

/** Takes rows in memory that does not grow with them, and makes one file of them. */
export type ParquetFile = {
  add(row: readonly Cell[]): void
  /** The file, whole and durable under its name, or an error and none. Throws EEXIST where there is one. */
  finish(): Promise<void>
  /** Lets go of everything, finished or not. */
  close(): Promise<void>
}

/** Memory that DuckDB may take before it goes to disk. */
const MEMORY = "512MB"
const FLUSH_ROWS = 65_536

function append(appender: DuckDBAppender, { DuckDBTimestampMillisecondsValue, DuckDBDecimalValue }: Library) {
  const write: { readonly [T in ColumnType]: (value: never) => void } = {
    VARCHAR: (value: string) => appender.appendVarchar(value),
    UBIGINT: (value: bigint) => appender.appendUBigInt(value),
    UINTEGER: (value: number) => appender.appendUInteger(value),
    DOUBLE: (value: number) => appender.appendDouble(value),
    TIMESTAMP_MS: (value: number) =>
      appender.appendTimestampMilliseconds(new DuckDBTimestampMillisecondsValue(BigInt(value))),
    "DECIMAL(38,0)": (value: bigint) => appender.appendDecimal(new DuckDBDecimalValue(value, 38, 0)),
  }
  return (row: readonly Cell[]) => {
    for (const [i, { type }] of COLUMNS.entries()) {
      const value = row[i] ?? null
      if (value === null) appender.appendNull()
      else write[type](value as never)
    }
    appender.endRow()
  }
}

async function openTable(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  const columns = COLUMNS.map(({ name, type }) => `"${name}" ${type}`).join(", ")
  await connection.run(`CREATE TABLE captures (${columns})`)
  return connection
}

const quoted = (path: string) => `'${path.replaceAll("'", "''")}'`

async function makeScratch(path: string): Promise<string> {
  try {
    return await mkdtemp(join(dirname(path), `.${basename(path)}-`))
  } catch (error) {
    throw placed(error, path)
  }
}

/** Begins a Parquet file (zstd) at `path`; what it needs on the way lies beside it and is gone at the end. */
export async function openParquet(path: string): Promise<ParquetFile> {
  const library = await loadLibrary()
  const scratch = await makeScratch(path)
  // No extension is ever fetched or loaded: an export asks nobody.
  const settings = { memory_limit: MEMORY, autoinstall_known_extensions: "false", autoload_known_extensions: "false" }
  const instance = await library.DuckDBInstance.create(join(scratch, "rows.duckdb"), settings)
  const connection = await openTable(instance)
  const appender = await connection.createAppender("captures")
  const write = append(appender, library)
  let rows = 0
  return {
    add(row) {
      write(row)
      if (++rows % FLUSH_ROWS === 0) appender.flushSync()
    },
    async finish() {
      appender.closeSync()
      const draft = join(scratch, `${randomUUID()}.parquet`)
      await connection.run(
        `COPY (SELECT * FROM captures ORDER BY device, run, sequence) TO ${quoted(draft)} (FORMAT parquet, COMPRESSION zstd)`,
      )
      const file = await open(draft, "r")
      try {
        await file.sync()
      } finally {
        await file.close()
      }
      await link(draft, path).catch((error: unknown) => {
        throw placed(error, path)
      })
      await syncFolder(dirname(path))
    },
    async close() {
      connection.closeSync()
      instance.closeSync()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}
