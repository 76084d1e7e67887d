import assert from "node:assert/strict"
import type { Submission } from "@wattest/protocol"
import { type Anvil, startAnvil } from "./support/anvil.ts"
import { assertBooksEqualChain, mineUntil } from "./support/books.ts"
import { createDevice, randomRoots, type TestDevice } from "./support/devices.ts"
import { post, request, temporaryFolder } from "./support/harness.ts"
import { type RelayProcess, startProcess } from "./support/process.ts"
import { deployRegistry, type TestRegistry } from "./support/registry.ts"
import { type RpcProxy, startProxy } from "./support/rpc-proxy.ts"

/** Where the process dies: at the first call of a method after the submission was handed in. */
type Death = {
  readonly title: string
  readonly method: string
  /** Whether the node still gets the call. */
  readonly isForwarded: boolean
  /** Whether a block takes the transaction while the relayer is down. */
  readonly isMined: boolean
  /** Whether the client had its answer. */
  readonly isAccepted: boolean
  /** Blocks are mined all the time, so that the call is reached. */
  readonly isMining?: boolean
}

const DEATHS: readonly Death[] = [
  { title: "before it stores", method: "eth_call", isForwarded: true, isMined: false, isAccepted: false },
  {
    title: "stored, before it looks at the chain",
    method: "eth_getTransactionCount",
    isForwarded: false,
    isMined: false,
    isAccepted: true,
  },
  { title: "before it estimates", method: "eth_estimateGas", isForwarded: true, isMined: false, isAccepted: true },
  {
    title: "journaled, not sent",
    method: "eth_sendRawTransaction",
    isForwarded: false,
    isMined: false,
    isAccepted: true,
  },
  {
    title: "sent, not answered, not mined",
    method: "eth_sendRawTransaction",
    isForwarded: true,
    isMined: false,
    isAccepted: true,
  },
  {
    title: "sent, not answered, mined",
    method: "eth_sendRawTransaction",
    isForwarded: true,
    isMined: true,
    isAccepted: true,
  },
  {
    title: "mined, before it reads the receipts",
    method: "eth_getBlockReceipts",
    isForwarded: true,
    isMined: true,
    isAccepted: true,
    isMining: true,
  },
]

describe("relayer killed with −9", () => {
  const folders: ReturnType<typeof temporaryFolder>[] = []
  const devices: TestDevice[] = DEATHS.map(() => createDevice())
  let anvil: Anvil
  let registry: TestRegistry
  let proxy: RpcProxy

  before(async () => {
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
    await registry.enrol(devices)
    proxy = await startProxy(anvil.url)
  })
  after(async () => {
    await proxy.stop()
    await anvil.stop()
    for (const folder of folders) folder.remove()
  })

  /** Kills the process when it makes that call, and resolves when it is dead. */
  function arm(relay: RelayProcess, { method, isForwarded }: Death): Promise<void> {
    return new Promise((resolve) => {
      proxy.interfere(async (call) => {
        if (call.method !== method) return null
        proxy.interfere(null)
        if (isForwarded) await call.forward()
        await relay.kill()
        resolve()
        return "silence"
      })
    })
  }

  async function handIn(relay: RelayProcess, submission: Submission, death: Death): Promise<void> {
    const dead = death.isAccepted ? null : arm(relay, death)
    const answer = post(relay.url, submission).catch(() => null)
    if (!death.isAccepted) {
      await dead
      return assert.equal(await answer, null, "the relayer answered before it stored")
    }
    const armed = arm(relay, death)
    assert.equal((await answer)?.status, 202)
    await armed
  }

  DEATHS.forEach((death, i) => {
    it(`${death.title}: the run is anchored once`, async () => {
      const folder = temporaryFolder()
      folders.push(folder)
      const device = devices[i] as TestDevice
      const setup = { registry, rpcUrls: [proxy.url], folder: folder.path, account: 2 + i }
      const first = await startProcess(setup)
      if (death.isAccepted) {
        // A known device, so that the death is the sender's.
        const { body } = await post(first.url, device.submission(registry, 0, randomRoots(1)))
        await mineUntil(
          anvil,
          async () => (await request(`${first.url}/v1/submissions/${body.digest}`)).body.state === "final",
        )
      }
      const firstRun = death.isAccepted ? 1 : 0
      const submission = device.submission(registry, firstRun, randomRoots(3))
      const mining = death.isMining ? setInterval(() => anvil.rpc("anvil_mine", "0x1"), 150) : undefined
      await handIn(first, submission, death)
      clearInterval(mining)
      if (death.isMined) await anvil.rpc("anvil_mine", "0x1")
      const second = await startProcess(setup)
      const again = await post(second.url, submission)
      assert.equal(again.status, death.isAccepted ? 200 : 202)
      await assertBooksEqualChain({ anvil, registry, url: second.url, accepted: [{ device, submission }] })
      assert.equal(await second.stop(), 0)
    })
  })
})
