import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync, type SQLInputValue } from "node:sqlite"
import { UsageError } from "@wattest/command"
import { SqliteAdapter, type SqliteDatabase, SqliteDialect } from "kysely"

/** A file that this process alone uses. Throws where another one has it. */
export function sqliteDialect(file: string): SqliteDialect {
  mkdirSync(dirname(file), { recursive: true })
  const database = new DatabaseSync(file)
  try {
    // The lock makes a second process on this file fail at once; FULL syncs the log at every commit.
    database.exec("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full")
    database.exec("begin immediate; commit")
  } catch (error) {
    database.close()
    throw new UsageError(
      `cannot use the store ${file}: ${(error as Error).message}`,
      "end the other process on it, or name a file of your own",
    )
  }
  return new AtomicSqliteDialect({ database: adapt(database) })
}

/** Migrates in one transaction, which SQLite can: a migration that a crash cut short would leave a store that never opens. */
class AtomicSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new AtomicSqliteAdapter()
  }
}

class AtomicSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** node:sqlite in the form that kysely asks of a driver. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = database.prepare(text)
      const inputs = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...inputs(parameters)),
        run: (parameters) => statement.run(...inputs(parameters)),
        iterate: (parameters) => statement.iterate(...inputs(parameters)),
      }
    },
  }
}
