import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Skippable, skip } from "@wattest/testkit/skip"
import {
  type Quantity,
  type SensorValue,
  type Source,
  SourceError,
  type SourceFault,
} from "../../../attester/src/sources/source.ts"

/** Public readings of other people, outside the repository; tests on them are skipped where it is absent. */
export const SHARED_DATA = join(import.meta.dirname, "../../../../shared/data")

/** A folder that is gone after `use`. */
export const withFolder = async <T>(use: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-sources-"))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Skips the test, saying why, unless every program and file is there. */
export const requireAll = (
  context: Skippable,
  { programs = [], files = [] }: { programs?: string[]; files?: string[] },
): void => {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`.split(":")
  const missing = [
    ...programs.filter((program) => !path.some((folder) => existsSync(join(folder, program)))),
    ...files.filter((file) => !existsSync(file)),
  ]
  if (missing.length === 0) return
  skip(context, `needs ${missing.join(", ")}`)
}

/** Builds a shared object from C. */
export const buildShared = (source: string, output: string, ...flags: string[]): void => {
  execFileSync("gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-o", output, source, ...flags], {
    stdio: ["ignore", "ignore", "inherit"],
  })
}

/** An HTTP server on a random port of this host, closed after `use`. */
export const withServer = async <T>(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  use: (url: URL) => Promise<T>,
): Promise<T> => {
  const server = createServer(answer)
  return withListening(server, (port) => use(new URL(`http://127.0.0.1:${port}`)))
}

/** Any server on a random port of this host, closed after `use`. */
export const withListening = async <T>(server: Server, use: (port: number) => Promise<T>): Promise<T> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  try {
    return await use((server.address() as AddressInfo).port)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** A UDP port of this host that nobody uses now. */
export const freeUdpPort = async (): Promise<number> => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1")
  await once(socket, "listening")
  const { port } = socket.address()
  socket.close()
  return port
}

/** One reading with a limit that no healthy source reaches. */
export const readOnce = (source: Source): Promise<readonly SensorValue[]> => source.read(AbortSignal.timeout(20_000))

/** The one value of a quantity, of a part where one is named. */
export const only = (values: readonly SensorValue[], quantity: Quantity, part?: string): SensorValue => {
  const found = values.filter((value) => value.quantity === quantity && (part === undefined || value.part === part))
  const [value] = found
  assert.ok(value && found.length === 1, `one ${quantity} expected, not ${found.length}`)
  return value
}

/** Fails unless reading ends in this fault. */
export const rejectsWith = async (
  fault: SourceFault,
  reading: Promise<unknown>,
  text?: RegExp,
): Promise<SourceError> => {
  const error = await reading.then(
    () => assert.fail(`a ${fault} fault expected`),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof SourceError, String(error))
  assert.equal(error.fault, fault, error.message)
  if (text) assert.match(error.message, text)
  return error
}
