import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Hex, Submission } from "@wattest/protocol"
import { createRelayer, RELAYER_DEFAULTS, type Relayer, type RelayerConfig } from "@wattest/relayer"
import { pino } from "pino"
import { accountOf } from "../local/accounts.ts"
import { documentOf } from "./devices.ts"
import { promiser, type TestRegistry } from "./registry.ts"

export type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers }

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  const isJson = response.headers.get("content-type")?.includes("json")
  return { status: response.status, body: isJson ? JSON.parse(text) : { text }, headers: response.headers }
}

export const postBytes = (base: string | null, body: Uint8Array | string) =>
  request(`${base}/v1/submissions`, {
    method: "POST",
    body: body as BodyInit,
    headers: { "content-type": "application/json" },
  })

export const post = (base: string | null, submission: Submission) => postBytes(base, documentOf(submission))

/** Asks again until the condition holds. */
export async function until<T>(ask: () => Promise<T | false | null | undefined>, timeoutMs = 30_000): Promise<T> {
  for (const start = Date.now(); ; ) {
    const value = await ask()
    if (value) return value
    if (Date.now() - start > timeoutMs) throw new Error(`waited ${timeoutMs} ms in vain for ${ask}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const untilState = (base: string | null, digest: unknown, state: string) =>
  until(async () => {
    const { body } = await request(`${base}/v1/submissions/${digest}`)
    return body.state === state && body
  })

/** A folder that is gone after the test. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "wattest-relayer-"))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export type Overrides = Partial<RelayerConfig>

export const silent = pino({ level: process.env.WATTEST_TEST_LOG ?? "silent" })

/** The configuration of a relayer for tests: quick polls, a free port. */
export function testConfig(registry: TestRegistry, rpcUrl: string, folder: string): RelayerConfig {
  return {
    ...RELAYER_DEFAULTS,
    rpcTimeoutMs: 2000,
    rpcUrls: [rpcUrl],
    chainId: registry.chainId,
    registry: registry.registry as Hex,
    store: { file: join(folder, "relayer.sqlite") },
    signer: accountOf(2),
    promiser,
    listen: { host: "127.0.0.1", port: 0 },
    limits: { ...RELAYER_DEFAULTS.limits, perDevicePerSecond: 1000, perDeviceBurst: 1000 },
    pollMs: 50,
  }
}

export async function startRelayer(config: RelayerConfig): Promise<Relayer> {
  const relayer = await createRelayer(config, silent)
  await relayer.start()
  return relayer
}
