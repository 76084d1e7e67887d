import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Hex } from "@wattest/protocol"
import { LOCAL_KEYS } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { deployerOn } from "@wattest/testkit/local/contracts"
import { createPublicClient, createWalletClient, defineChain, http } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { checkCode, checkRecord } from "../../registry/src/deploy/check.ts"
import { CodeMismatch } from "../../registry/src/deploy/code.ts"
import { CLAIMS, REGISTRY, readContracts, withParts } from "../../registry/src/deploy/contracts.ts"
import { DeploymentRefused, type DeployOptions, deploy } from "../../registry/src/deploy/deploy.ts"
import { FACTORY, planOf } from "../../registry/src/deploy/factory.ts"
import { createPayer, type Payer } from "../../registry/src/deploy/payer.ts"
import { keepRecord, readRecord } from "../../registry/src/deploy/record.ts"

const contracts = readContracts()
const names = contracts.contracts.map(({ name }) => name)

/** A chain, and what a deployment on it needs; `sent` counts transactions of the payer. */
async function groundOn(anvil: Anvil, chainId: number, key: Hex = LOCAL_KEYS.deployer) {
  const nativeCurrency = { name: "native", symbol: "native", decimals: 18 }
  const rpcUrls = { default: { http: [anvil.url] } }
  const chain = defineChain({ id: chainId, name: `chain ${chainId}`, nativeCurrency, rpcUrls })
  const client = createPublicClient({ chain, transport: http(), pollingInterval: 20 })
  const account = privateKeyToAccount(key)
  const payer = createPayer(client, createWalletClient({ chain, transport: http(), account }))
  const options: DeployOptions = { client, chainId, payer, contracts, claims: true, say: () => undefined }
  return { client, payer, options, sent: () => client.getTransactionCount({ address: account.address }) }
}

/** A payer that is cut off after so many transactions. */
const cutOffAfter = (payer: Payer, count: number): Payer => {
  let left = count
  return {
    ...payer,
    send: (transaction) => (left-- > 0 ? payer.send(transaction) : Promise.reject(new Error("the power is gone"))),
  }
}

describe("deploying both registries", function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-deploy-"))
  const chains: Anvil[] = []
  const start = async (chainId: number, options: { isBare?: boolean } = {}) => {
    const anvil = await startAnvil({ mining: "each", chainId, ...options })
    chains.push(anvil)
    return { anvil, ...(await groundOn(anvil, chainId)) }
  }
  afterEach(async () => {
    for (const chain of chains.splice(0)) await chain.stop()
  })
  after(() => rmSync(folder, { recursive: true }))

  it("gives the same addresses and code on two chains, whoever pays and whether or not the proxy was there", async () => {
    const first = await start(31337)
    const second = await start(1337, { isBare: true })
    assert.equal(await second.client.getCode({ address: FACTORY.address }), undefined)
    const stranger = await groundOn(second.anvil, 1337, LOCAL_KEYS.voucher)
    const [one, other] = [await deploy(first.options), await deploy(stranger.options)]
    assert.deepEqual(Object.keys(one.contracts), Object.keys(other.contracts))
    assert.deepEqual(one.contracts, other.contracts)
    assert.deepEqual([one.registry, one.claims, one.keys], [other.registry, other.claims, other.keys])
    assert.deepEqual([one.chainId, other.chainId], [31337, 1337])
    assert.deepEqual(Object.keys(one.contracts).toSorted(), names.toSorted())
    assert.equal(one.keys?.development, contracts.developmentKeys)
  })

  it("changes nothing the second time, and keeps the first record", async () => {
    const { options, sent, client } = await start(31337)
    const path = join(folder, "record.json")
    const first = keepRecord(path, await deploy(options))
    const [count, text] = [await sent(), readFileSync(path, "utf8")]
    await options.payer.send({ to: FACTORY.maker, value: 1n })
    assert.deepEqual(keepRecord(path, await deploy(options)), first)
    assert.equal(await sent(), count + 1)
    assert.equal(readFileSync(path, "utf8"), text)
    assert.deepEqual(readRecord(path), first)
    checkRecord(await checkCode(client, contracts, CLAIMS, first.claims as Hex), first)
  })

  for (let cut = 0; cut <= names.length; cut += 3)
    it(`goes on after an attempt that was cut short at transaction ${cut}`, async () => {
      const { options, payer, sent } = await start(31337)
      const attempt = deploy({ ...options, payer: cutOffAfter(payer, cut) })
      if (cut < names.length) await assert.rejects(attempt, /the power is gone/)
      else await attempt
      assert.equal(await sent(), Math.min(cut, names.length))
      const { claims } = await deploy(options)
      assert.ok(claims)
      assert.equal(await sent(), names.length)
    })

  it("waits for what an earlier attempt sent, and does not pay for it twice", async () => {
    const { anvil, options, client, payer, sent } = await start(31337)
    await anvil.rpc("evm_setAutomine", false)
    const [first] = planOf(contracts, names)
    assert.ok(first)
    const before = payer.send({ to: FACTORY.address, data: first.data })
    while ((await client.getTransactionCount({ address: payer.address, blockTag: "pending" })) === 0);
    const told: string[] = []
    const going = deploy({ ...options, say: (line) => told.push(line) })
    while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    await anvil.rpc("evm_setAutomine", true)
    await anvil.rpc("evm_mine")
    await before
    await going
    assert.equal(await sent(), names.length)
    assert.match(told.join("\n"), new RegExp(`waiting for[^\n]*\n${first.name} is at ${first.address} already`))
  })

  it("takes no development keys outside local chains, and sends nothing; the registry of anchors alone goes there", async () => {
    const { options, sent } = await start(80002)
    const trusted = { ...contracts, developmentKeys: false }
    await assert.rejects(deploy({ ...options, contracts: { ...contracts, developmentKeys: true } }), (error) => {
      assert.ok(error instanceof DeploymentRefused)
      assert.match(error.message, /development keys.*chain 80002/)
      return true
    })
    assert.equal(await sent(), 0)
    const anchors = await deploy({ ...options, claims: false })
    assert.deepEqual([anchors.claims, anchors.keys], [null, undefined])
    assert.equal(anchors.registry, planOf(contracts, names).find(({ name }) => name === REGISTRY)?.address)
    // the constructor keeps the same rule, whatever the list says of its keys
    if (contracts.developmentKeys) await assert.rejects(deploy({ ...options, contracts: trusted }), /revert/i)
  })

  it("sets up no proxy on a public chain, and believes no other contract in its place", async () => {
    const { options, sent, anvil } = await start(80002, { isBare: true })
    await assert.rejects(deploy({ ...options, claims: false }), /no deterministic deployment proxy/)
    await anvil.rpc("anvil_setCode", FACTORY.address, "0x6001")
    await assert.rejects(deploy({ ...options, claims: false }), /holds another contract/)
    assert.equal(await sent(), 0)
  })

  describe("and comparing what is there", () => {
    it("refuses code that differs in one bit, in either registry or in anything that they call", async () => {
      const { anvil, client, options } = await start(31337)
      const { contracts: places, claims } = await deploy(options)
      for (const [name, { address }] of Object.entries(places)) {
        const code = (await client.getCode({ address })) as Hex
        const changed = `${code.slice(0, 40)}${code[40] === "0" ? "1" : "0"}${code.slice(41)}`
        await anvil.rpc("anvil_setCode", address, changed)
        await assert.rejects(checkCode(client, contracts, CLAIMS, claims as Hex), (error) => {
          assert.ok(error instanceof CodeMismatch)
          return error.message.includes(`not that of ${name}`)
        })
        await assert.rejects(deploy(options), CodeMismatch)
        await anvil.rpc("anvil_setCode", address, code)
      }
      assert.equal((await checkCode(client, contracts, CLAIMS, claims as Hex)).length, names.length)
    })

    it("refuses a genuine contract that calls others than it must", async () => {
      const { anvil, client } = await start(31337)
      const make = deployerOn(anvil)
      const [ed25519, table, poseidon] = [
        await make("lib/Ed25519"),
        await make("lib/Ed25519Table"),
        await make("lib/PoseidonT3"),
      ]
      const right = await make("AnchorRegistry", [ed25519, table, poseidon])
      assert.equal((await checkCode(client, contracts, REGISTRY, right)).length, 4)
      const swapped = await make("AnchorRegistry", [table, ed25519, poseidon])
      await assert.rejects(checkCode(client, contracts, REGISTRY, swapped), /not that of Ed25519\b/)
    })

    it("refuses a proxy, an account, and another code than the record's", async () => {
      const { anvil, client, options } = await start(31337)
      const deployment = await deploy(options)
      const proxy = `0x363d3d373d3d3d363d73${deployment.registry.slice(2)}5af43d82803e903d91602b57fd5bf3`
      const address = "0x00000000000000000000000000000000000000aa"
      await assert.rejects(checkCode(client, contracts, REGISTRY, address), /no code at 0x0+aa/)
      await anvil.rpc("anvil_setCode", address, proxy)
      await assert.rejects(checkCode(client, contracts, REGISTRY, address), /not that of AnchorRegistry/)
      const found = await checkCode(client, contracts, REGISTRY, deployment.registry)
      const elsewhere = { ...deployment.contracts, [REGISTRY]: { address: address as Hex, codeHash: address as Hex } }
      assert.throws(() => checkRecord(found, { ...deployment, contracts: elsewhere }), /is recorded on chain 31337/)
      assert.throws(() => checkRecord(found, { ...deployment, contracts: {} }), /has no Ed25519/)
    })
  })

  it("puts a contract after everything that it is made of", () => {
    assert.deepEqual(
      withParts(contracts, CLAIMS).map(({ name }) => name),
      names,
    )
  })
})
