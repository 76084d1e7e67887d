import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { CLAIMS_ABI, createRpc, fetchHeader, provePublished } from "@wattest/chain"
import { type Fault, list } from "@wattest/index"
import {
  BOUND_SIGNALS,
  type ContractProof,
  encodeBounds,
  FED,
  FOLD_SIGNALS,
  type Groth16Proof,
  type Hex,
  type Presentation,
} from "@wattest/protocol"
import { createBound, createTally, noJournal, openArchive, publishPresentation, readTerms } from "@wattest/prover"
import { AS_OF, createWorld, FROM, KEYS, TO, type World } from "@wattest/testkit/ledger/world"
import { type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import {
  type ContractFunctionReturnType,
  decodeFunctionResult,
  encodeFunctionData,
  encodeFunctionResult,
  toFunctionSelector,
} from "viem"
import { NODE } from "../../registry/src/cli.ts"
import { createSimulator } from "../../scripts/keys/simulate.ts"
import { play } from "../command/support.ts"
import { everything, openBooks } from "./books.ts"
import { ended, type Running, startIndex } from "./process.ts"
import { SECRET, startReceiver } from "./receiver.ts"

type Prove = World["pool"]["prove"]

const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`
const pair = (values: readonly [bigint, bigint]) => values.map(word)

/** The contract has the coordinates of the quadratic extension in the other order. */
const documentProof = ({ a, b: [x, y], c }: ContractProof): Groth16Proof => ({
  ...{ a: pair(a), b: [pair(x).reverse(), pair(y).reverse()], c: pair(c) },
})

const signalsOf = (names: readonly string[], input: Parameters<Prove>[1]) =>
  names.map((name) => BigInt(String(input[name])))

/** Proofs from the public secret of the development keys: the contract takes them for whatever they say. */
function createForger() {
  const [fold, bound] = [createSimulator(KEYS, "fold"), createSimulator(KEYS, "bound")]
  const bounds: Parameters<Prove>[1][] = []
  const prove: Prove = async (circuit, input) => {
    if (circuit === "fold") return documentProof(fold(signalsOf(FOLD_SIGNALS, input)))
    bounds.push(input)
    return documentProof(bound(signalsOf(BOUND_SIGNALS, input)))
  }
  /** A proof that the number which was proved last lies between these. */
  const claiming = (lo: bigint, hi: bigint) =>
    documentProof(bound(signalsOf(BOUND_SIGNALS, { ...bounds.at(-1), bounds: encodeBounds({ lo, hi }) })))
  return { prove, claiming }
}

type Told = { readonly kind: string; readonly number: number | null; readonly detail: object; readonly id: string }

describe("claims on a chain, told by an index", function () {
  this.timeout(180_000)
  let world: World
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let running: Running
  let address: string
  let reading: Awaited<ReturnType<typeof read>>
  let honestHi: bigint

  before(async () => {
    world = await createWorld()
    receiver = await startReceiver()
    const hooks = join(world.archive, "hooks.json")
    const kinds = ["suspect-claim", "contradiction"]
    writeFileSync(hooks, JSON.stringify([{ url: receiver.url, secret: SECRET, kinds, operator: world.operator }]))
    running = startIndex([
      ...["serve", "--rpc", world.chain.url, "--registry", world.registry, "--claims", world.claims, "--port", "0"],
      ...["--store", join(world.archive, "books.sqlite"), "--webhooks", hooks],
    ])
    address = (JSON.parse(await running.line(/"listening"/)) as { address: string }).address
    reading = await read()
  })
  after(async () => {
    reading.stop()
    running.process.kill("SIGTERM")
    await ended(running)
    await receiver.stop()
    await world.stop()
  })

  /** Server-sent events of claims, as they come. */
  async function read() {
    const stop = new AbortController()
    const url = `${address}/v1/watch?kinds=suspect-claim,contradiction&after=0`
    const answer = await fetch(url, { signal: stop.signal })
    const heard: Told[] = []
    const listen = async () => {
      let text = ""
      for await (const piece of answer.body ?? []) {
        text += Buffer.from(piece).toString()
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
          if (data !== undefined) heard.push(JSON.parse(data))
          text = text.slice(end + 2)
        }
      }
    }
    listen().catch(() => undefined)
    return { heard, stop: () => stop.abort() }
  }

  /** Makes what happened final, and waits until the index has it. */
  async function settle(): Promise<void> {
    const { client } = world.chain
    await client.mine({ blocks: 3 })
    const { number } = await client.getBlock({ blockTag: "finalized" })
    let block = -1
    while (block < Number(number)) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      const status = (await (await fetch(`${address}/v1/status`)).json()) as { block: { number: number } | null }
      block = status.block?.number ?? -1
    }
  }

  const searched = async (text: string) => {
    const answer = await fetch(`${address}/v1/search?text=${encodeURIComponent(text)}`)
    return ((await answer.json()) as { readonly items: readonly unknown[] }).items
  }

  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  /** What a webhook was sent, its signature checked by hand. */
  function delivered(): Told[] {
    return receiver.heard.map(({ id, body, headers }) => {
      const text = `${id}.${headers["webhook-timestamp"]}.${body}`
      const key = Buffer.from(SECRET.slice(6), "base64")
      assert.equal(headers["webhook-signature"], `v1,${createHmac("sha256", key).update(text).digest("base64")}`)
      return JSON.parse(body) as Told
    })
  }

  /** That so many were told, by stream and by webhook, and nothing else; and the newest. */
  async function assertTold(kinds: readonly string[]): Promise<Told | undefined> {
    await until(() => reading.heard.length >= kinds.length && receiver.heard.length >= kinds.length)
    const sent = delivered()
    for (const told of [reading.heard, sent])
      assert.deepEqual(
        told.map(({ kind }) => kind),
        kinds,
      )
    assert.deepEqual(sent, reading.heard)
    return sent.at(-1)
  }

  it("a claim that contradicts another, and one that a withdrawal makes suspect: once each, and no others", async () => {
    const { chain, claims, operator, registry, reader, pool, small, large, a, b, mute } = world
    const forger = createForger()
    const written = { model: "llama", unit: "token", boundary: "node", from: FROM, to: TO, asOf: AS_OF }
    const proving = { keys: KEYS, pool: { ...pool, prove: forger.prove } }
    const asked = { reader, registry, ledgers: [small.id], archives: [openArchive(world.archive)], unopened: 0 }
    const tally = await createTally({
      ...{ ...asked, ...proving, closing: {}, journal: noJournal(), terms: readTerms(written) },
    })
    const { document } = await createBound({ file: tally, written: { metric: "energy", atMost: "303 J" }, ...proving })
    const [honest] = document.bounds
    assert.ok(honest !== undefined)
    const publish = async (lo: bigint, hi: bigint) => {
      const bounds = [{ ...honest, lo, hi, proof: forger.claiming(lo, hi) }]
      const said: Presentation = { ...document, bounds }
      await publishPresentation({ document: said, rpc: chain.url, claims, account: operator })
      await settle()
    }
    honestHi = honest.hi
    await publish(honest.lo, honest.hi)
    // It meets the first in one number: both can be true.
    await publish(honest.hi, honest.hi + 1000n)
    assert.deepEqual([reading.heard, receiver.heard], [[], []])
    await publish(honest.hi + 1n, honest.hi + 2n)
    assert.equal((await searched("llama energy")).length, 3)
    assert.deepEqual(await searched("llama power"), [])
    assert.equal((await searched(`llama ${new Date((TO - 1) * 1000).toISOString().slice(0, 10)}`)).length, 3)
    assert.deepEqual(await searched(`llama ${new Date((TO + 86_400) * 1000).toISOString().slice(0, 10)}`), [])
    const contradiction = await assertTold(["contradiction"])
    const others = { place: 2, otherNumber: 0, otherPlace: 0, metric: "energy", relation: "same" }
    assert.deepEqual([contradiction?.number, contradiction?.detail], [0, others])
    const suspects = async () => {
      const answer = await fetch(`${address}/v1/claims?suspect=true`)
      return ((await answer.json()) as { readonly items: readonly { readonly place: number }[] }).items
    }
    // A device of another ledger is none of the claim's, and one that anchored nothing voids nothing.
    await large.withdraw(a, FROM)
    await small.withdraw(mute, FROM)
    await settle()
    assert.deepEqual(await suspects(), [])
    await assertTold(["contradiction"])
    await small.withdraw(b, FROM)
    await settle()
    const suspicion = await assertTold(["contradiction", "suspect-claim"])
    assert.equal(suspicion?.number, 0)
    assert.equal((await suspects()).length, 3)
  })

  it("hold whatever an operator writes into the contract, and stop no index", async () => {
    const { chain, registry, claims, operator, large } = world
    const filters = { model: "a\0b\u202ec\u001b[2J", unit: "", zone: "", site: "", party: "", asked: 1, boundary: 4 }
    const conditions = { energyGrade: 0, workGrade: 0, origin: 0, required: 0xffff }
    const terms = { vouchers: [large.voucher], from: FROM, to: TO, asOf: AS_OF, filters, conditions }
    await chain.write(operator, claims, { abi: CLAIMS_ABI, functionName: "open", args: [terms] })
    await settle()
    const books = await openBooks({ registry, claims }, [chain.url])
    await books.indexer.look()
    const { items } = await list(books.db, "tallies", { asked: { number: 1 } })
    assert.equal(items[0]?.model, "a\\u{0}b\\u{202e}c\\u{1b}[2J")
    const nameless = [11, 12, 13, 14, 15].map((bit) => `bit-${bit}`)
    assert.deepEqual(items[0]?.required, [...FED, ...nameless])
    await books.close()
    const said = await play(
      { node: NODE },
      ["claims", "--operator", operator, "--claims", claims, "--rpc", chain.url],
      {},
    )
    assert.match(said.stdout, /each feeds it, .*, beacons, bit-11, bit-12, bit-13, bit-14, bit-15\n/)
    for (const raw of ["\0", "\u202e", "\u001b"]) assert.ok(!said.stdout.includes(raw), said.stdout)
  })

  it("have no document where they require what has no name, and are said to have none", async () => {
    const { chain, registry, claims, operator } = world
    const proxy = await startProxy(chain.url)
    const required = [FED.length, 0].map((bit) => 1 << bit)
    proxy.interfere(async ({ method, params, forward }) => {
      const { data = "0x" } = (params[0] ?? {}) as { readonly data?: Hex }
      if (method !== "eth_call" || !data.startsWith(toFunctionSelector("function tallyOf(address, uint256)")))
        return null
      const { result } = (await forward()) as { result: Hex }
      const tally = decodeFunctionResult({ ...TALLY, data: result })
      const conditions = { ...tally.terms.conditions, required: required[0] ?? 0 }
      const told = { ...tally, suspect: false, terms: { ...tally.terms, conditions } }
      return { result: encodeFunctionResult({ ...TALLY, result: told }) }
    })
    const rpc = createRpc([proxy.url], 5000)
    const final = await fetchHeader(rpc, "finalized")
    assert.ok(final !== null)
    const source = { at: { rpc, registry: claims }, final, chainId: 31337, registry }
    const prove = () => provePublished(source, { operator, numbers: [0n] })
    await assert.rejects(prove(), (error: Error) => {
      assert.equal(error.name, "NotPublished")
      assert.match(error.message, /bit-11/)
      return true
    })
    required.shift()
    const [said] = (await prove()).tallies
    assert.deepEqual(said?.kind === "published" ? said.conditions.required : null, [FED[0]])
    proxy.interfere(async ({ method }) => (method === "eth_call" ? { result: "0x01" } : null))
    await assert.rejects(prove(), /it is no answer of the contract/)
    await proxy.stop()
  })

  describe("where one of its endpoints lies about a tally", () => {
    let proxy: RpcProxy
    before(async () => {
      proxy = await startProxy(world.chain.url)
    })
    after(() => proxy.stop())
    afterEach(() => proxy.interfere(null))

    type Tally = ContractFunctionReturnType<typeof CLAIMS_ABI, "view", "tallyOf">

    /** The proxy says another thing of tally 0, and gives no proof where it is to. */
    function lieOf(change: (tally: Tally) => Tally, { isProved = true } = {}): void {
      const asked = encodeFunctionData({ ...TALLY, args: [world.operator, 0n] })
      proxy.interfere(async ({ method, params, forward }) => {
        if (method === "eth_getProof" && !isProved) return { error: { code: -32601, message: "no such method" } }
        if (method !== "eth_call" || (params[0] as { data: Hex }).data !== asked) return null
        const { result } = (await forward()) as { result: Hex }
        const told = change(decodeFunctionResult({ ...TALLY, data: result }))
        return { result: encodeFunctionResult({ ...TALLY, result: told }) }
      })
    }
    const openOver = ({ registry, claims, chain }: World, order: "first" | "last", honest = 1) => {
      const others = Array.from({ length: honest }, () => chain.url)
      return openBooks({ registry, claims }, order === "first" ? [proxy.url, ...others] : [...others, proxy.url])
    }
    const higher = (tally: Tally): Tally => ({
      ...tally,
      bounds: tally.bounds.map((bound, i) => (i === 0 ? { ...bound, hi: bound.hi + 1n } : bound)),
    })
    const unsuspected = (tally: Tally): Tally => ({ ...tally, suspect: !tally.suspect })

    for (const [what, change] of [
      ["a bound", higher],
      ["its terms", (tally: Tally) => ({ ...tally, terms: { ...tally.terms, to: tally.terms.to + 1n } })],
      ["its runs", (tally: Tally) => ({ ...tally, runs: tally.runs + 1n })],
      ["how strict a bound is", (tally: Tally) => ({ ...tally, bounds: tally.bounds.map(loosened) })],
    ] as const)
      for (const order of ["first", "last"] as const)
        it(`names the one that lies about ${what} by the contract's storage: it stands ${order}`, async () => {
          lieOf(change)
          const books = await openOver(world, order)
          await books.indexer.look()
          const [bound] = (await list(books.db, "claims", { asked: { number: 0 } })).items
          assert.deepEqual([bound?.hi, bound?.strict], [`${honestHi}`, true])
          const reason = `its tally 0 of ${world.operator} is not what the contract's storage holds`
          assertBlamed(books.faults, { place: order === "first" ? 0 : 1, reason })
          await books.close()
        })

    it("names both with what each says where nothing proves it, and takes nothing", async () => {
      const said = `${honestHi}, endpoint 2 says ${honestHi + 1n}`
      lieOf(higher, { isProved: false })
      const alone = await startProxy(world.chain.url)
      alone.interfere(async ({ method }) => (method === "eth_getProof" ? { result: null } : null))
      const books = await openBooks({ registry: world.registry, claims: world.claims }, [alone.url, proxy.url])
      await assert.rejects(books.indexer.look(), (error: Error) => {
        assert.ok(error.message.includes(`of bounds.0.hi endpoint 1 says ${said}; nothing proves which`), error.message)
        return true
      })
      assert.deepEqual((await everything(books.db)).bounds, [])
      await books.close()
      await alone.stop()
    })

    it("goes by most of three in what the contract works out, and names the other", async () => {
      lieOf(unsuspected)
      const two = await openOver(world, "first")
      await assert.rejects(
        two.indexer.look(),
        /of suspect endpoint 1 says (true|false), endpoint 2 says (?!\1)(true|false); nothing/,
      )
      await two.close()
      const three = await openOver(world, "first", 2)
      await three.indexer.look()
      assert.equal((await list(three.db, "tallies", { asked: { number: 0 } })).items[0]?.suspect, true)
      const reason = `its tally 0 of ${world.operator} is not what most endpoints say`
      assertBlamed(three.faults, { place: 0, reason })
      await three.close()
    })

    it("takes what all of them say", async () => {
      const books = await openOver(world, "last")
      await books.indexer.look()
      assert.equal((await everything(books.db)).bounds?.length, 3)
      assert.deepEqual(books.faults, [])
      await books.close()
    })
  })
})

/** Of each batch one is told anew. */
function assertBlamed(faults: readonly Fault[], expected: Fault): void {
  assert.ok(faults.length > 0)
  for (const fault of faults) assert.deepEqual(fault, expected)
}

const TALLY = { abi: CLAIMS_ABI, functionName: "tallyOf" } as const

const loosened = <T extends { readonly strict: boolean }>(bound: T): T => ({ ...bound, strict: false })
