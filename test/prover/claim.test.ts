import assert from "node:assert/strict"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { inspect } from "node:util"
import { passwordFileOf, sealKeystore } from "@wattest/chain"
import { parsePresentation } from "@wattest/protocol"
import {
  createJoin,
  createTally,
  encodeTallyFile,
  openArchive,
  openJournal,
  parseTallyFile,
  publishPresentation,
  readTerms,
} from "@wattest/prover"
import { AS_OF, createWorld, FROM, KEYS, TO, type World } from "@wattest/testkit/ledger/world"
import { artifactOf, withoutNames } from "@wattest/testkit/local/contracts"
import { skip } from "@wattest/testkit/skip"
import { POLICY_TEMPLATE } from "@wattest/verifier"
import { createPublicClient, http, keccak256, parseEther } from "viem"
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts"
import { describeClaim, claims as listTallies } from "../../registry/src/commands/claims.ts"
import { assertClaimsExplored } from "../explorer/claims.ts"
import { assertClaimsIndexed } from "../index/claims.ts"
import { NO_BROWSER } from "../page/browser.ts"
import { assertPresented } from "./claim/presented.ts"
import { run } from "./claim/program.ts"
import { refusesBeforeProof } from "./claim/refusals.ts"
import { createTallies, REQUEST, type Tallies } from "./claim/tallies.ts"

describe("a claim", function () {
  this.timeout(300_000)
  let world: World
  let folder: string
  let tallies: Tallies
  before(async () => {
    world = await createWorld()
    tallies = createTallies(world)
    folder = mkdtempSync(join(tmpdir(), "wattest-claim-"))
  })
  after(async () => {
    await world.stop()
    rmSync(folder, { recursive: true })
  })

  refusesBeforeProof(() => tallies)

  it("goes on where it was cut short, with the proofs that it made", async () => {
    const path = join(folder, "cut.part")
    const proved: string[] = []
    const pool = {
      ...world.pool,
      prove: (async (circuit, input) => {
        proved.push(circuit)
        if (circuit === "bound") throw new Error("cut short")
        return world.pool.prove(circuit, input)
      }) as typeof world.pool.prove,
    }
    const { reader, registry } = world
    const request = {
      ...{ reader, registry, ledgers: [world.small.id], archives: [openArchive(world.archive)], unopened: 0 },
      ...{ terms: readTerms(REQUEST), keys: KEYS },
    }
    await assert.rejects(createTally({ ...request, pool, journal: openJournal(path) }), /cut short/)
    // A cut line is left out
    while (!readFileSync(path, "utf8").includes("proof")) await new Promise((resolve) => setTimeout(resolve, 200))
    writeFileSync(path, `${readFileSync(path, "utf8")}{"input":"12`)
    proved.length = 0
    const again = {
      ...world.pool,
      prove: ((circuit, input) => {
        proved.push(circuit)
        return world.pool.prove(circuit, input)
      }) as typeof world.pool.prove,
    }
    const journal = openJournal(path)
    const file = await createTally({ ...request, pool: again, journal })
    assert.deepEqual(proved, ["bound", "bound", "bound"])
    journal.end()
    assert.equal(existsSync(path), false)
    assert.deepEqual(parseTallyFile(encodeTallyFile(file)), file)
  })

  it("goes by the command line from the chain to the registry of claims and to a verifier", async () => {
    const key = generatePrivateKey()
    const { address } = privateKeyToAccount(key)
    const { client, url } = world.chain
    // The ledgers' operator is an account of the node; a stranger's key may prove, and may not publish.
    await client.setBalance({ address, value: parseEther("10") })
    const [out, keyFile, policyFile] = ["claim.json", "operator.json", "policy.json"].map((name) =>
      join(folder, name),
    ) as [string, string, string]
    writeFileSync(keyFile, sealKeystore(key, address, "only for tests"))
    writeFileSync(passwordFileOf(keyFile), "only for tests\n")
    const tallyPath = join(folder, "small.tally.json")
    const folded = await run("prover/src/main.ts", [
      ...["tally", "--rpc", url, "--registry", world.registry, "--ledger", world.small.id, "--archive", world.archive],
      ...["--from", `${FROM}`, "--to", `${TO}`, "--as-of", `${AS_OF}`, "--model", "llama", "--unit", "token"],
      ...["--boundary", "node", "--keys", KEYS, "--out", tallyPath, "--json"],
    ])
    assert.equal(folded.status, 0, folded.stderr)
    assert.match(folded.stderr, /1 of 2 runs count; 4 proofs/)
    assert.match(folded.stderr, /proving: 4 of 4/)
    const proved = await run("prover/src/main.ts", [
      ...["bound", tallyPath, "--metric", "joules-per-token", "--at-most", "0.303 J/token", "--keys", KEYS],
      ...["--out", out, "--json"],
    ])
    assert.equal(proved.status, 0, proved.stderr)
    assert.match(proved.stderr, /at most 0\.303 J per token/)
    const chain = ["--rpc", url, "--claims", world.claims, "--key", keyFile]
    const foreign = await run("prover/src/main.ts", ["publish", out, ...chain])
    assert.equal(foreign.status, 1)
    assert.match(foreign.stderr, /error: .*the ledgers are of/)

    const { tallies } = parsePresentation(readFileSync(out))
    const state = tallies[0]?.kind === "period" ? tallies[0].ledgers[0]?.state : undefined
    const trustedBlocks = [{ number: `${world.finalNumber}`, hash: keccak256(state?.header ?? "0x") }]
    const policy = {
      ...POLICY_TEMPLATE,
      chains: [{ chainId: 31337, registries: [world.registry], trustedBlocks, rpcs: [], checkpoints: null }],
      vouchers: [world.small.voucher],
      claims: { ...POLICY_TEMPLATE.claims, developmentKeys: true, missingPercent: 50 },
    }
    writeFileSync(policyFile, JSON.stringify(policy))
    const judged = await run("verifier/src/main.ts", [out, "--policy", policyFile])
    assert.equal(judged.status, 0, judged.stdout + judged.stderr)
    assert.match(judged.stdout, /^VALID\n\nAll runs \(model "llama"/)
    writeFileSync(policyFile, JSON.stringify({ ...policy, claims: POLICY_TEMPLATE.claims }))
    const refused = await run("verifier/src/main.ts", [out, "--policy", policyFile, "--json"])
    assert.equal(refused.status, 5)
    assert.equal(JSON.parse(refused.stdout).verdict.code, "CLAIM_KEY_NOT_ACCEPTED")
  })

  it("is published in as many transactions as the gas cap needs, goes on after a crash, and once is enough", async () => {
    const [large, small] = [await tallies.tally(), await tallies.tally({}, { ledger: world.small.id })]
    const joined = await createJoin({ files: [large, small], keys: KEYS, pool: world.pool })
    const { document } = await tallies.bounded(await tallies.bounded(joined, { metric: "energy", atMost: "3333 J" }), {
      ...{ metric: "joules-per-token", atMost: "0.06" },
    })
    const { chain, operator, claims } = world
    const request = { document, rpc: chain.url, claims, account: operator, gasCap: 500_000n }
    // Two tallies of open, extend, close; a join and its close; two bounds: ten transactions
    for (const stop of [2, 3, 4]) {
      let sent = 0
      const progress = (done: number) => {
        sent = done
        if (done === stop) throw new Error("crash")
      }
      await assert.rejects(publishPresentation({ ...request, progress }), /crash/)
      assert.equal(sent, stop)
    }
    const { numbers, transactions } = await publishPresentation(request)
    assert.deepEqual(numbers, [0n, 1n, 2n])
    assert.equal(transactions, 10 - 2 - 3 - 4)
    assert.deepEqual(await publishPresentation(request), { numbers, transactions: 0 })
    await chain.client.mine({ blocks: 3 })
    const client = createPublicClient({ transport: http(chain.url) })
    const listed = await listTallies({ client, address: claims } as never, operator)
    assert.deepEqual(
      listed.map(({ number, closedAt, suspect, parts }) => [number, closedAt > 0n, suspect, parts.length]),
      [
        [0, true, false, 0],
        [1, true, false, 0],
        [2, true, false, 2],
      ],
    )
    const text = describeClaim(listed[2] as (typeof listed)[number])
    for (const part of [
      /^tally 2 +proved 20/,
      /bound +energy at most 3333 J/,
      /bound +energy-per-work at most 0\.06 J per token/,
      /runs +all with model "llama", metered at the node/,
      /metered +at least 0\.0236111 device-days/,
      /39 runs of 2 ledgers: 0 not looked into, 1 lost/,
      /joins +tallies 0, 1/,
      /suspect +no\n$/,
    ])
      assert.match(text, part)
    await assertClaimsIndexed(world)
    await assertPresented(world, folder, [0n, 2n])
  })

  it("is shown by the explorer, sentence first, and judged in the page", async function () {
    if (NO_BROWSER !== null) skip(this, NO_BROWSER)
    await assertClaimsExplored(world)
  })

  it("is proved by rapidsnark if one is on the PATH, and what it gives is checked", async () => {
    // A program of that name and command line, which proves with snarkjs or answers with a proof of something else.
    const bin = join(folder, "bin")
    mkdirSync(bin)
    const program = join(bin, "rapidsnark")
    const script = (proof: string) => `#!${process.execPath}
const { writeFileSync } = require("node:fs"); const [zkey, wtns, out, pub] = process.argv.slice(2)
import(${JSON.stringify(join(process.cwd(), "node_modules/snarkjs/main.js"))}).then(async ({ groth16 }) => {
  const { proof, publicSignals } = await groth16.prove(zkey, wtns)
  writeFileSync(${JSON.stringify(join(folder, "was-here"))}, ""); writeFileSync(pub, JSON.stringify(publicSignals))
  writeFileSync(out, JSON.stringify(${proof}) + "\\0"); process.exit(0)
})`
    const path = join(folder, "rapid.tally.json")
    writeFileSync(path, encodeTallyFile(await tallies.tally({}, { ledger: world.small.id })))
    const claim = (out: string) =>
      run(
        "prover/src/main.ts",
        ["bound", path, "--metric", "energy", "--at-most", "303 J", "--keys", KEYS, "--out", join(folder, out)],
        { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
      )
    writeFileSync(program, script("{ ...proof, pi_c: proof.pi_a }"))
    chmodSync(program, 0o755)
    const bad = await claim("forged.json")
    assert.equal(bad.status, 1)
    assert.match(bad.stderr, /CLAIM_PROOF_INVALID/)
    assert.equal(existsSync(join(folder, "forged.json")), false)
    rmSync(join(folder, "was-here"))
    writeFileSync(program, script("proof"))
    chmodSync(program, 0o755)
    const good = await claim("rapid.json")
    assert.equal(good.status, 0, good.stderr)
    assert.ok(existsSync(join(folder, "was-here")))
  })

  it("reads and calls contracts by what their compiled interfaces say", async () => {
    const { ANCHORS_ABI, CLAIMS_ABI } = await import("@wattest/chain")
    for (const [name, abi] of [
      ["AnchorRegistry", ANCHORS_ABI],
      ["ClaimRegistry", CLAIMS_ABI],
    ] as const) {
      const compiled = artifactOf(name).abi.map((item) => JSON.stringify(withoutNames(item)))
      for (const item of abi)
        assert.ok(compiled.includes(JSON.stringify(withoutNames(item))), `${name}: ${inspect(item)}`)
    }
  })
})
