import assert from "node:assert/strict"
import type { Hex, Submission } from "@wattest/protocol"
import { accountOf } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { assertBooksEqualChain, mineUntil } from "@wattest/testkit/relayer/books"
import { createDevice, randomRoots, type TestDevice } from "@wattest/testkit/relayer/devices"
import { post, request, temporaryFolder } from "@wattest/testkit/relayer/harness"
import { type RelayProcess, startProcess } from "@wattest/testkit/relayer/process"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import { keccak256 } from "viem"

/** What a test knows of the dead relayer: its account, and the first transaction that it sent. */
type Left = { readonly from: Hex; readonly original: Hex | null }

/** Where the process dies: at the first call of a method after the submission was handed in. */
type Death = {
  readonly title: string
  readonly method: string
  /** The call is the one that sends a second version of the transaction, since the base fee keeps the first one out. */
  readonly isReplacing?: boolean
  /** Whether the node still gets the call. */
  readonly isForwarded: boolean
  /** What the chain does while the relayer is down. */
  readonly meanwhile?: (left: Left) => Promise<unknown>
  /** Whether the client had its answer. */
  readonly isAccepted: boolean
  /** Blocks are mined all the time, so that the call is reached. */
  readonly isMining?: boolean
}

let anvil: Anvil

const mine = () => anvil.rpc("anvil_mine", "0x1")
const setBaseFee = (wei: bigint) => anvil.rpc("anvil_setNextBlockBaseFeePerGas", `0x${wei.toString(16)}`)

async function raiseBaseFee(): Promise<void> {
  const { baseFeePerGas } = (await anvil.rpc("eth_getBlockByNumber", "latest", false)) as { baseFeePerGas: Hex }
  await setBaseFee(BigInt(baseFeePerGas) * 10n + 10n ** 9n)
}

async function mineLowFees(): Promise<void> {
  await setBaseFee(1n)
  await mine()
}

async function assertMined(hash: Hex): Promise<void> {
  const receipt = (await anvil.rpc("eth_getTransactionReceipt", hash)) as { status: Hex } | null
  assert.equal(receipt?.status, "0x1", "the transaction is mined")
}

/** The first version wins: another node had kept it. */
async function mineOriginal({ original }: Left): Promise<void> {
  assert.ok(original, "a transaction was sent")
  await anvil.rpc("anvil_dropAllTransactions")
  await setBaseFee(1n)
  await anvil.rpc("eth_sendRawTransaction", original)
  await mine()
  await assertMined(keccak256(original))
}

/** Somebody with the same key uses the nonce. */
async function mineForeign({ from }: Left): Promise<void> {
  await anvil.rpc("anvil_dropAllTransactions")
  await setBaseFee(1n)
  const hash = (await anvil.rpc("eth_sendTransaction", { from, to: from, value: "0x1" })) as Hex
  await mine()
  await assertMined(hash)
}

const DEATHS: readonly Death[] = [
  { title: "before it stores", method: "eth_call", isForwarded: true, isAccepted: false },
  {
    title: "stored, before it looks at the chain",
    method: "eth_getTransactionCount",
    isForwarded: false,
    isAccepted: true,
  },
  { title: "before it estimates", method: "eth_estimateGas", isForwarded: true, isAccepted: true },
  {
    title: "journaled, not sent",
    method: "eth_sendRawTransaction",
    isForwarded: false,
    isAccepted: true,
  },
  {
    title: "sent, not answered, not mined",
    method: "eth_sendRawTransaction",
    isForwarded: true,
    isAccepted: true,
  },
  {
    title: "sent, not answered, mined",
    method: "eth_sendRawTransaction",
    isForwarded: true,
    meanwhile: mine,
    isAccepted: true,
  },
  {
    title: "mined, before it reads the receipts",
    method: "eth_getBlockReceipts",
    isForwarded: true,
    meanwhile: mine,
    isAccepted: true,
    isMining: true,
  },
  {
    title: "sent, the nonce used by a foreign transaction",
    method: "eth_sendRawTransaction",
    isForwarded: true,
    meanwhile: mineForeign,
    isAccepted: true,
  },
  {
    title: "replacement journaled, not sent",
    method: "eth_sendRawTransaction",
    isReplacing: true,
    isForwarded: false,
    isAccepted: true,
  },
  {
    title: "replacement journaled, not sent, the original mined",
    method: "eth_sendRawTransaction",
    isReplacing: true,
    isForwarded: false,
    meanwhile: mineOriginal,
    isAccepted: true,
  },
  {
    title: "replacement sent, not answered, not mined, forgotten by the node",
    method: "eth_sendRawTransaction",
    isReplacing: true,
    isForwarded: true,
    meanwhile: () => anvil.rpc("anvil_dropAllTransactions"),
    isAccepted: true,
  },
  {
    title: "replacement sent, not answered, mined",
    method: "eth_sendRawTransaction",
    isReplacing: true,
    isForwarded: true,
    meanwhile: mineLowFees,
    isAccepted: true,
  },
  {
    title: "replacement sent, not answered, the original mined",
    method: "eth_sendRawTransaction",
    isReplacing: true,
    isForwarded: true,
    meanwhile: mineOriginal,
    isAccepted: true,
  },
]

describe("relayer killed with −9", () => {
  const folders: ReturnType<typeof temporaryFolder>[] = []
  const running: RelayProcess[] = []
  const devices: TestDevice[] = DEATHS.map(() => createDevice())
  let registry: TestRegistry
  let proxy: RpcProxy

  before(async () => {
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
    await registry.enrol(devices)
    proxy = await startProxy(anvil.url)
  })
  afterEach(async () => {
    proxy.interfere(null)
    for (const relay of running.splice(0)) await relay.kill()
  })
  after(async () => {
    await proxy.stop()
    await anvil.stop()
    for (const folder of folders) folder.remove()
  })

  /** Kills the process when it makes that call and the client has what it gets; answers the first transaction seen. */
  function arm(
    relay: RelayProcess,
    { method, isReplacing, isForwarded }: Death,
    answered: () => Promise<unknown>,
  ): Promise<Hex | null> {
    let original: Hex | null = null
    let mining: NodeJS.Timeout | undefined
    return new Promise((resolve) => {
      proxy.interfere(async (call) => {
        if (call.method !== method) return null
        const [raw = null] = call.params as Hex[]
        if (isReplacing && (original ?? raw) === raw) {
          const answer = await call.forward()
          if (original === null) {
            original = raw
            await raiseBaseFee()
            mining = setInterval(mine, 150)
          }
          return answer
        }
        clearInterval(mining)
        proxy.interfere(null)
        if (isForwarded) await call.forward()
        await answered()
        await relay.kill()
        resolve(original ?? raw)
        return "silence"
      })
    })
  }

  /** Hands the submission in and waits for the death; answers the first transaction that was seen. */
  async function handIn(relay: RelayProcess, submission: Submission, death: Death): Promise<Hex | null> {
    let answer: Promise<{ status: number } | null> = Promise.resolve(null)
    const dead = arm(relay, death, async () => death.isAccepted && answer)
    answer = post(relay.url, submission).catch(() => null)
    const original = await dead
    assert.equal((await answer)?.status, death.isAccepted ? 202 : undefined)
    return original
  }

  DEATHS.forEach((death, i) => {
    it(`${death.title}: the run is anchored once`, async () => {
      const folder = temporaryFolder()
      folders.push(folder)
      const device = devices[i] as TestDevice
      const account = 2 + (i % 8)
      const start = async () => {
        const relay = await startProcess(setup)
        running.push(relay)
        return relay
      }
      const setup = { registry, rpcUrls: [proxy.url], folder: folder.path, account }
      const first = await start()
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
      const mining = death.isMining ? setInterval(mine, 150) : undefined
      const original = await handIn(first, submission, death)
      clearInterval(mining)
      await death.meanwhile?.({ from: accountOf(account).address, original })
      const second = await start()
      const again = await post(second.url, submission)
      assert.equal(again.status, death.isAccepted ? 200 : 202)
      await assertBooksEqualChain({ anvil, registry, url: second.url, accepted: [{ device, submission }] })
      assert.equal(await second.stop(), 0)
    })
  })
})
