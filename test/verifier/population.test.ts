import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ANCHORS_ABI } from "@wattest/chain"
import { encodeCheckpointBefore, encodeDocument, type Hex, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import type { Device } from "@wattest/testkit/ledger/archive"
import { LedgerOnChain } from "@wattest/testkit/ledger/ledger"
import { type LocalChain, startChain } from "@wattest/testkit/ledger/local-chain"
import { deployAnchors } from "@wattest/testkit/local/contracts"
import { run } from "@wattest/testkit/local/processes"
import { POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import { encodeFunctionData } from "viem"
import { listedPopulation } from "../../verifier/src/desk/sample/population.ts"

const FROM = 1_800_000_000
const TO = FROM + 86_400
const instant = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z")
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

type Call = { readonly method: string; readonly params: readonly unknown[] }
/** Changes what a node answers. */
type Lie = (result: unknown, call: Call) => unknown

describe("a population from a list", () => {
  it("is the whole list: one that is longer than is read is refused, not drawn from its beginning", () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-population-"))
    const path = join(folder, "runs.csv")
    const list = [7, 123].map((run) => `0x${"11".repeat(32)},${run}`).join("\n")
    writeFileSync(path, list)
    assert.deepEqual(
      listedPopulation(path, list.length).runs.map(({ run }) => run),
      [7n, 123n],
    )
    assert.throws(() => listedPopulation(path, list.length - 1), {
      name: "UsageError",
      message: /too long for a population/,
    })
    rmSync(folder, { recursive: true })
  })
})

describe("a population from the registry", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-population-"))
  const at = (name: string) => join(folder, name)
  const proxies: Server[] = []
  let chain: LocalChain
  let ledger: LedgerOnChain
  let devices: readonly Device[]
  let registry: Hex

  before(async () => {
    chain = await startChain(FROM - 10_000)
    const [operator, voucher] = chain.accounts
    assert.ok(operator && voucher)
    registry = await deployAnchors(chain.deploy)
    ledger = new LedgerOnChain(chain, registry, { operator, voucher, archive: folder })
    const [a, b] = [await ledger.enrol(), await ledger.enrol()]
    devices = [a, b]
    await ledger.anchor(a, FROM - 1, [{}, {}])
    await ledger.anchor(a, FROM, [{}, null, {}], FROM - 1)
    await ledger.anchor(b, FROM + 4000, [{}, {}], FROM)
    await ledger.anchor(a, TO - 1, [{}], FROM)
    await ledger.anchor(b, TO, [{}], FROM + 4000)
    await chain.client.mine({ blocks: 3 })
    writeFileSync(at("certificate.json"), encodeDocument(tell({}).certificate))
  })
  after(async () => {
    for (const proxy of proxies) proxy.close()
    await chain.stop()
    rmSync(folder, { recursive: true })
  })

  /** A node that lies; answers its URL. */
  async function lying(lie: Lie): Promise<string> {
    const server = createServer(async (request, response) => {
      let body = ""
      for await (const piece of request) body += piece
      const honest = await (
        await fetch(chain.url, { method: "POST", body, headers: { "content-type": "application/json" } })
      ).json()
      const { result } = honest as { result: unknown }
      response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: lie(result, JSON.parse(body)) }))
    })
    proxies.push(server)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  const policyOf = (change: Partial<Policy> = {}, rpcs: readonly string[] = [chain.url]): Policy => {
    const { operator, voucher } = ledger
    const believed = { chainId: 31337, registries: [registry], trustedBlocks: [], rpcs, checkpoints: null }
    return { ...POLICY_TEMPLATE, chains: [believed], ledgers: [{ operator, voucher }], ...change }
  }

  type Line = { readonly type: string; readonly [field: string]: unknown }

  async function draw(policy: Policy, size = 3, span = [FROM, TO], ...more: readonly string[]) {
    writeFileSync(at("policy.json"), JSON.stringify(toJson(policy)))
    const [from = 0, to = 0] = span
    const period = ["--anchored-from", instant(from), "--anchored-to", instant(to)]
    const flags = ["--population", "registry", ...period, "--sample", `${size}`, "--seed", "2027", "--json", ...more]
    const command = [process.execPath, "verifier/src/main.ts", at("certificate.json"), "--policy", at("policy.json")]
    const { exit, stdout, stderr } = await run([...command, ...flags])
    const lines =
      exit === 2
        ? []
        : stdout
            .trimEnd()
            .split("\n")
            .map((line): Line => JSON.parse(line))
    const of = (type: string) => lines.filter((line) => line.type === type)
    return { exit, stderr, drawn: of("drawn"), findings: of("finding"), summary: of("summary")[0] }
  }

  /** Runs 2 and 4 and 5 of the first device, 0 and 1 of the second: 3 is void. */
  const population = () => {
    const [a, b] = devices.map(({ id }) => id)
    return [`${a},2`, `${a},4`, `${a},5`, `${b},0`, `${b},1`].sort()
  }

  it("holds the runs that were anchored in the period, its first second in and its last one out", async () => {
    const { exit, drawn, summary, findings } = await draw(policyOf(), 60)
    assert.equal(exit, 3, "nothing that was drawn is shown")
    assert.deepEqual(drawn.map(({ device, run }) => `${device},${run}`).sort(), population())
    const {
      population: size,
      voids,
      missing,
      populationDigest,
    } = (summary?.sample ?? {}) as { [name: string]: unknown }
    assert.deepEqual([size, voids, missing], [5, 1, 5])
    assert.equal(
      populationDigest,
      `0x${sha256(
        population()
          .map((line) => `${line}\n`)
          .join(""),
      )}`,
    )
    assert.deepEqual(
      findings.map(({ code, detail }) => [code, detail]),
      [["RUNS_VOID", `${devices[0]?.id}/3`]],
    )
    assert.equal((await draw(policyOf(), 60, [FROM - 1, TO])).drawn.length, 7)
    assert.equal((await draw(policyOf(), 60, [FROM + 1, TO])).drawn.length, 3)
    assert.equal((await draw(policyOf(), 60, [FROM, TO - 1])).drawn.length, 4)
  }).timeout(60_000)

  it("draws what anybody can compute again by hand", async () => {
    const ranked = population().map((line) => ({ line, rank: sha256(`2027\n${line.replace(",", "\n")}`) }))
    const expected = ranked.sort((x, y) => (x.rank < y.rank ? -1 : 1)).map(({ line }) => line)
    const { drawn } = await draw(policyOf())
    assert.deepEqual(
      drawn.map(({ device, run }) => `${device},${run}`),
      expected.slice(0, 3),
    )
  })

  it("is read in small bites from nodes that limit their answers", async () => {
    const url = await lying((result, { method, params: [filter] }) => {
      const { fromBlock, toBlock } = (filter ?? {}) as { fromBlock?: string; toBlock?: string }
      return method === "eth_getLogs" && Number(toBlock) - Number(fromBlock) > 1 ? undefined : result
    })
    assert.equal((await draw(policyOf({}, [url]), 60)).drawn.length, 5)
  })

  it("is refused where a node hides, adds or moves a run, or nodes do not agree", async () => {
    const onLogs =
      (change: (logs: readonly { topics: string[]; data: string }[]) => unknown): Lie =>
      (result, { method }) =>
        method === "eth_getLogs" ? change(result as readonly { topics: string[]; data: string }[]) : result
    const lies: { readonly [name: string]: Lie } = {
      hidden: onLogs((logs) => logs.slice(1)),
      twice: onLogs((logs) => [...logs.slice(0, -1), ...logs.slice(0, 1)]),
      swapped: onLogs(([first, second, ...rest]) => [second, first, ...rest]),
      "no log": onLogs((logs) => [...logs.slice(1), { topics: 1 }]),
      "hostile topics": onLogs((logs) => [...logs.slice(1), { topics: [{ toString: 1 }], data: [] }]),
      "no list": onLogs(() => "0x"),
      "no checkpoint": (result, { method }) => (method === "eth_call" ? { toString: 1 } : result),
      "no contract": (result, { method }) => (method === "eth_call" ? "0x" : result),
    }
    for (const [name, lie] of Object.entries(lies)) {
      const { exit, stderr } = await draw(policyOf({}, [await lying(lie)]))
      assert.equal(exit, 2, `${name}: ${stderr}`)
      assert.match(stderr, /the population cannot be read/, name)
    }
    const renumbered = onLogs((logs) =>
      logs.map((log) => ({ ...log, topics: log.topics.with(3, `0x${"7".padStart(64, "0")}`) })),
    )
    const { exit, stderr } = await draw(policyOf({}, [chain.url, await lying(renumbered)]))
    assert.equal(exit, 2)
    assert.match(stderr, /do not agree on the runs/)
  }).timeout(120_000)

  it("is refused where the period is not over, or ledgers, nodes or the period are not named", async () => {
    const { timestamp } = await chain.client.getBlock({ blockTag: "finalized" })
    const end = Number(timestamp)
    assert.equal((await draw(policyOf(), 3, [FROM, end])).exit, 3)
    const open = await draw(policyOf(), 3, [FROM, end + 1])
    assert.equal(open.exit, 2)
    assert.match(open.stderr, /does not reach/)
    assert.doesNotMatch(open.stderr, /cannot be read/, "asking again later helps only once the period is over")
    const refused: readonly [RegExp, Parameters<typeof draw>][] = [
      [/names no ledger/, [policyOf({ ledgers: null })]],
      [/names no ledger/, [policyOf({ ledgers: [] })]],
      [/lists no node/, [policyOf({}, [])]],
      [/names no run/, [policyOf(), 3, [FROM + 1, FROM + 2]]],
      [/of a period/, [policyOf(), 3, [TO, TO]]],
      [/asks no registry/, [policyOf(), 3, [FROM, TO], "--offline"]],
    ]
    for (const [words, request] of refused) {
      const { exit, stderr } = await draw(...request)
      assert.equal(exit, 2, String(words))
      assert.match(stderr, words)
    }
  }).timeout(60_000)

  it("asks the registry by the call that its ABI spells", () => {
    const id = ledger.id
    const args = [id, BigInt(FROM)] as const
    const spelled = encodeFunctionData({ abi: ANCHORS_ABI, functionName: "checkpointBefore", args })
    assert.equal(encodeCheckpointBefore(id, FROM), spelled)
  })
})
