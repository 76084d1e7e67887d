import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { mock } from "node:test"
import { createDevice, Device, openKey, RelayerLink } from "@wattest/attester"
import { fetchBeacon, fetchKnownRuns, fetchReceipt } from "../../attester/src/relay/client.ts"
import { withServer } from "./sources/bench.ts"

const DEVICE = `0x${"11".repeat(32)}` as const
const HOUR_MS = 3_600_000
const TARGET = { chainId: 31337, registry: `0x${"33".repeat(20)}` } as const

describe("a device's link to its relayer", () => {
  let home: string
  let device: Device
  before(async () => {
    home = mkdtempSync(join(tmpdir(), "wattest-link-"))
    await createDevice(home, { scheme: "ed25519" })
    device = await Device.open(home, await openKey(home))
  })
  after(async () => {
    await device.close()
    rmSync(home, { recursive: true })
  })

  it("has the beacon of the last exchange, for an hour", async () => {
    let number = 7
    await withServer(
      ({ url }, response) => {
        if (url !== "/v1/beacon") return response.writeHead(404).end("{}")
        const timestamp = Math.floor(Date.now() / 1000)
        response.end(JSON.stringify({ number: `${number++}`, hash: `0x${"ab".repeat(32)}`, timestamp }))
      },
      async ({ origin: url }) => {
        const link = new RelayerLink({ url, target: TARGET, device, say: assert.fail })
        const { mock: clock } = mock.method(performance, "now", () => 0)
        await link.start()
        assert.equal(link.beacon()?.number, 7n)
        await link.close()
        clock.mockImplementation(() => HOUR_MS - 1)
        assert.equal(link.beacon()?.number, 8n)
        clock.mockImplementation(() => HOUR_MS)
        assert.equal(link.beacon(), null)
        clock.restore()
      },
    )
  })

  it("reads no answer that does not end", async () => {
    const piece = "x".repeat(1 << 16)
    await withServer(
      (_, response) => {
        const more = () => {
          while (!response.destroyed) if (!response.write(piece)) return void response.once("drain", more)
        }
        more()
      },
      async ({ origin: url }) => {
        const asked = [() => fetchBeacon(url), () => fetchKnownRuns(url, DEVICE), () => fetchReceipt(url, DEVICE, 0n)]
        for (const ask of asked) await assert.rejects(ask, { name: "Unreachable", message: /more than \d+ bytes/ })
      },
    )
  })
})
