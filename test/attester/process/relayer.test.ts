import assert from "node:assert/strict"
import { once } from "node:events"
import { cpSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { deviceIdOf, fromHex, parseDocument, type Submission, submission, submissionMessage } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { until } from "@wattest/testkit/attester/program"
import { meteredDevice, REGISTRY } from "../metered.ts"

describe("a device and its relayer", () => {
  const world = meteredDevice()

  /** A relayer's doors: takes submissions, has no receipts, may know of a device's runs, and has a clock of its own. */
  async function startRelayer({ nextRun, aheadMs = 0 }: { nextRun?: string; aheadMs?: number } = {}) {
    const taken: Submission[] = []
    const server = createServer(async (request, response) => {
      response.setHeader("date", new Date(Date.now() + aheadMs).toUTCString())
      if (request.url === "/v1/beacon")
        return response.end(
          JSON.stringify({ number: "7", hash: `0x${"ab".repeat(32)}`, timestamp: Math.floor(Date.now() / 1000) }),
        )
      if (request.url?.startsWith("/v1/devices/") && nextRun !== undefined)
        return response.end(JSON.stringify({ nextRun: "0", expectedRun: nextRun }))
      if (request.method === "GET") return response.writeHead(404).end("{}")
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      taken.push(parseDocument(Buffer.concat(chunks), submission, 1 << 20))
      response.writeHead(202).end("{}")
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { url, taken, close: () => new Promise((resolve) => server.closeAllConnections() ?? server.close(resolve)) }
  }
  /** The meter's readings have the time of the device's host. */
  const withRelayer = (url: string) =>
    world.configure({ relayer: { url, chainId: 31337, registry: REGISTRY } }, "energy", { time: undefined })

  it("a relayer that is away: runs are kept and handed over when it is back, with a beacon from then on", async () => {
    withRelayer("http://127.0.0.1:9")
    for (const _ of [1, 2]) {
      const { child, exit, said } = await world.metering()
      child.kill("SIGTERM")
      assert.equal(await exit, 0)
      assert.match(said(), /relayer: /)
    }
    const relayer = await startRelayer()
    try {
      withRelayer(relayer.url)
      // On a host whose minute is nearly over.
      const wallMs = Math.max(0, 57_000 - (Date.now() % 60_000))
      const { child, exit, said } = await world.meteringOnHost({ wallMs, upMs: 0 })
      const handedOver = () => relayer.taken.flatMap(({ roots }) => roots)
      await until("the runs are handed over", () => handedOver().length >= 2)
      child.kill("SIGTERM")
      assert.equal(await exit, 0, said())
      const runs = world.runs()
      assert.deepEqual(
        handedOver(),
        runs.slice(0, handedOver().length).map(({ root }) => root),
      )
      for (const given of relayer.taken) {
        const { device, firstRun, roots, through, signature } = given
        const message = submissionMessage({ chainId: 31337, registry: REGISTRY }, deviceIdOf(device), given)
        assert.ok(nodeSignatures(device)(fromHex(signature), message))
        // The minute in which its last run ended, and it is over.
        const last = runs[Number(firstRun) + roots.length - 1]
        assert.equal(through, 60 * Math.ceil((last?.statement.endTimeMs ?? 0) / 60_000))
        assert.ok(through * 1000 <= Date.now() + wallMs)
      }
      assert.deepEqual(
        runs.map(({ statement }) => statement.context.beacon?.number ?? null),
        [null, null, 7n],
      )
    } finally {
      await relayer.close()
    }
  })

  it("an old disk image is refused where the relayer knows the next run's number", async () => {
    const copy = join(world.folder, "copy")
    cpSync(world.home, copy, { recursive: true })
    await world.stop(await world.metering())
    const relayer = await startRelayer({ nextRun: "1" })
    try {
      rmSync(world.home, { recursive: true })
      cpSync(copy, world.home, { recursive: true })
      withRelayer(relayer.url)
      const { exit, said } = world.serve()
      assert.equal(await exit, 1)
      assert.match(said(), /an old copy was restored/)
      const log = readFileSync(join(world.home, "device.journal"), "utf8").trimEnd().split("\n")
      assert.equal(log.length, 1, "it was made, and nothing else")
    } finally {
      await relayer.close()
    }
  })

  const DAY_MS = 86_400_000

  it("a clock that is far ahead of chain and relayer is refused, and set right it goes on from what was true", async () => {
    const relayer = await startRelayer()
    const away = "http://127.0.0.1:9"
    try {
      withRelayer(relayer.url)
      await world.stop(await world.metering())
      // Nobody is there to say so: it goes on.
      withRelayer(away)
      const ahead = { wallMs: 3 * DAY_MS, upMs: 0 }
      await world.stop(await world.meteringOnHost(ahead))
      withRelayer(relayer.url)
      const refused = world.serveOnHost(ahead)
      assert.equal(await refused.exit, 1)
      assert.match(refused.said(), /error: the host's clock is 72 hours ahead of chain and relayer\nhint: set it/)
      const again = await world.metering()
      assert.match(again.said(), /1 runs are void: they ended later than the chain's time/)
      await world.stop(again)
      const [first, , third] = world.runs().map(({ statement }) => statement)
      assert.equal(third?.startTimeMs, first?.endTimeMs)
      assert.ok((third?.endTimeMs ?? 0) < Date.now() + DAY_MS)
      assert.equal(third?.broken, false)
    } finally {
      await relayer.close()
    }
  })

  it("a clock with which the relayer's own agrees is not refused where its chain stands still", async () => {
    const relayer = await startRelayer({ aheadMs: 3 * DAY_MS })
    try {
      withRelayer(relayer.url)
      const serving = await world.meteringOnHost({ wallMs: 3 * DAY_MS, upMs: 0 })
      await world.stop(serving)
    } finally {
      await relayer.close()
    }
  })
})
