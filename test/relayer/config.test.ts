import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { processTerminal } from "@wattest/command"
import { accountOf, LOCAL_KEYS } from "@wattest/testkit/local/accounts"
import { keystoreOf } from "@wattest/testkit/local/keystore"
import { readConfig } from "../../relayer/src/cli/config.ts"
import { RELAYER_DEFAULTS } from "../../relayer/src/config.ts"

describe("the relayer's settings", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-config-"))
  const at = (name: string) => join(folder, name)
  const terminal = { ...processTerminal, say() {}, ask: async () => null }
  const { address } = accountOf(1)
  before(() => {
    writeFileSync(at("key.json"), keystoreOf(LOCAL_KEYS.operator, "word"))
    writeFileSync(at("word"), "word\n", { mode: 0o600 })
  })
  after(() => rmSync(folder, { recursive: true }))

  const read = (more: NodeJS.ProcessEnv = {}) =>
    readConfig(
      {
        WATTEST_RELAY_CHAIN_ID: "31337",
        WATTEST_RELAY_RPC_URLS: "http://127.0.0.1:1,https://node.example",
        WATTEST_RELAY_REGISTRY: `0x${"AB".repeat(20)}`,
        WATTEST_RELAY_KEY: at("key.json"),
        WATTEST_RELAY_KEY_PASSWORD_FILE: at("word"),
        WATTEST_RELAY_PROMISE_KEY: at("promise.key"),
        ...more,
      },
      terminal,
    )

  it("that are left out are what the relayer has without any", async () => {
    const { relayer, logLevel } = await read()
    const { rpcTimeoutMs, listen, limits, policy, pollMs } = relayer
    assert.deepEqual({ rpcTimeoutMs, listen, limits, policy, pollMs }, RELAYER_DEFAULTS)
    assert.deepEqual(relayer.rpcUrls, ["http://127.0.0.1:1", "https://node.example"])
    assert.deepEqual([relayer.chainId, relayer.registry, logLevel], [31337, `0x${"ab".repeat(20)}`, "info"])
    assert.deepEqual(relayer.store, { file: "wattest-relay.sqlite" })
    assert.equal(relayer.signer.address.toLowerCase(), address.toLowerCase())
  })

  it("say in gwei what a unit of gas may cost, and each limit by its own name", async () => {
    const { relayer } = await read({
      WATTEST_RELAY_MAX_FEE_GWEI: "12.5",
      WATTEST_RELAY_MIN_TIP_GWEI: "0.000000001",
      WATTEST_RELAY_STUCK_BLOCKS: "7",
      WATTEST_RELAY_DEVICE_RATE: "0.5",
      WATTEST_RELAY_DEVICE_BURST: "11",
      WATTEST_RELAY_BACKLOG: "12",
      WATTEST_RELAY_PROMISE_SECONDS: "13",
      WATTEST_RELAY_POLL_MS: "14",
      WATTEST_RELAY_RPC_TIMEOUT_MS: "15",
      WATTEST_RELAY_HOST: "::1",
      WATTEST_RELAY_PORT: "16",
      DATABASE_URL: "postgres://x/y",
      WATTEST_RELAY_STORE_MAY_LACK: "fsync,synchronous_commit",
    })
    assert.deepEqual(relayer.policy, {
      ...{ blocksInFlight: RELAYER_DEFAULTS.policy.blocksInFlight, stuckBlocks: 7 },
      fees: { cap: 12_500_000_000, minTip: 1 },
    })
    const limits = { perDevicePerSecond: 0.5, perDeviceBurst: 11, backlog: 12, promiseSeconds: 13 }
    assert.deepEqual([relayer.limits, relayer.pollMs, relayer.rpcTimeoutMs], [limits, 14, 15])
    assert.deepEqual(relayer.listen, { host: "::1", port: 16 })
    assert.deepEqual(relayer.store, { databaseUrl: "postgres://x/y", mayBeOff: ["fsync", "synchronous_commit"] })
  })

  it("keep the key of promises, its owner's alone, and refuse one that others may read or that is none", async () => {
    const first = await read()
    assert.equal(statSync(at("promise.key")).mode & 0o777, 0o600)
    const key = readFileSync(at("promise.key"), "utf8")
    assert.equal((await read()).relayer.promiser.address, first.relayer.promiser.address)
    assert.equal(readFileSync(at("promise.key"), "utf8"), key)
    for (const [mode, text, why] of [
      [0o640, key, /others may read it/],
      [0o604, key, /others may read it/],
      [0o600, `${key.trim()}0\n`, /64 hexadecimal digits/],
      [0o600, key.slice(0, -2), /64 hexadecimal digits/],
    ] as const) {
      rmSync(at("other.key"), { force: true })
      writeFileSync(at("other.key"), text, { mode })
      await assert.rejects(read({ WATTEST_RELAY_PROMISE_KEY: at("other.key") }), why)
    }
  })

  it("refuse a key that is missing, or that its password does not open, before anything is served", async () => {
    await assert.rejects(read({ WATTEST_RELAY_KEY: undefined }), /WATTEST_RELAY_KEY: is missing/)
    writeFileSync(at("wrong"), "other\n", { mode: 0o600 })
    await assert.rejects(read({ WATTEST_RELAY_KEY_PASSWORD_FILE: at("wrong") }), /WATTEST_RELAY_KEY: .*password/)
  })
})
