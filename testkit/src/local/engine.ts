import { createHmac } from "node:crypto"
import { setTimeout as pause } from "node:timers/promises"
import { type Hex, toHex, zeroAddress, zeroHash } from "viem"
import { call, type LocalChain } from "./chain.ts"

/** As anvil's with one slot to an epoch. */
const FINAL_BEHIND = 2

type Setup = {
  readonly url: string
  readonly engineUrl: string
  /** Of the file that the node reads, 32 bytes. */
  readonly secret: Uint8Array
  /** Resolves once the node has filled a payload with the transactions that it found: asked before, it answers an empty one. */
  readonly filled: (payload: Hex) => Promise<unknown>
  /** Block time of the genesis, Unix seconds. */
  readonly firstTime: number
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** What the engine API asks each request to carry: a JWT of now (execution-apis, `authentication.md`). */
function authorization(secret: Uint8Array): { readonly authorization: string } {
  const signed = `${base64({ alg: "HS256", typ: "JWT" })}.${base64({ iat: Math.floor(Date.now() / 1000) })}`
  return { authorization: `Bearer ${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}` }
}

type Payload = {
  readonly executionPayload: { readonly blockHash: Hex }
  readonly executionRequests: readonly Hex[]
}

/**
 * Stands for the beacon chain of a node: asks it for a block, has it carry it out and makes it the latest, by the engine
 * API of Osaka (execution-apis, `src/engine/osaka.md`). Block times are the machine's, moved by what has passed.
 */
export async function createEngine({ url, engineUrl, secret, filled, firstTime }: Setup) {
  const ask = (method: string, ...params: unknown[]) =>
    call(engineUrl, `engine_${method}`, params, authorization(secret))
  const { hash } = (await call(url, "eth_getBlockByNumber", ["latest", false])) as { hash: Hex }
  const last: Hex[] = [hash]
  let [time, ahead] = [firstTime, firstTime - Math.floor(Date.now() / 1000)]
  const head = () => last.at(-1) ?? zeroHash
  const fork = () => {
    const final = last.at(-1 - FINAL_BEHIND) ?? zeroHash
    return { headBlockHash: head(), safeBlockHash: final, finalizedBlockHash: final }
  }

  async function makeBlock(): Promise<void> {
    time = Math.max(time + 1, Math.floor(Date.now() / 1000) + ahead)
    const wanted = { timestamp: toHex(time), prevRandao: zeroHash, suggestedFeeRecipient: zeroAddress }
    const attributes = { ...wanted, withdrawals: [], parentBeaconBlockRoot: zeroHash }
    const { payloadId } = (await ask("forkchoiceUpdatedV3", fork(), attributes)) as { payloadId: Hex }
    await filled(payloadId)
    const { executionPayload, executionRequests } = (await ask("getPayloadV5", payloadId)) as Payload
    const answer = await ask("newPayloadV4", executionPayload, [], zeroHash, executionRequests)
    const { status, validationError } = answer as { status: string; validationError?: string }
    if (status !== "VALID") throw new Error(`geth finds its own block ${status}: ${validationError}`)
    last.push(executionPayload.blockHash)
    if (last.length > FINAL_BEHIND + 1) last.shift()
    await ask("forkchoiceUpdatedV3", fork(), null)
  }

  // One block at a time, whoever asks.
  let turn: Promise<void> = Promise.resolve()
  const next = () => {
    turn = turn.then(makeBlock)
    return turn
  }
  let isOver = false
  async function keepMining(ms: number): Promise<void> {
    while (!isOver) {
      const from = performance.now()
      await next()
      await pause(Math.max(0, ms - (performance.now() - from)))
    }
  }
  let loop: Promise<void> = Promise.resolve()
  const blocks: Pick<LocalChain, "mine" | "mineEvery" | "pass" | "stop"> = {
    async mine(count) {
      for (let i = 0; i < count; i++) await next()
    },
    async mineEvery(seconds) {
      // Where it fails nobody waits for it: the process ends with what the node said.
      loop = keepMining(seconds * 1000)
    },
    async pass(seconds) {
      ahead += seconds
    },
    async stop() {
      isOver = true
      await loop
    },
  }
  return blocks
}
