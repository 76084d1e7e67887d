import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { inspect } from "node:util"
import { ARCHIVE_FILES, encodeDocument, parsePresentation, type RunRecord, runFolder } from "@wattest/protocol"
import {
  createPresentation,
  openArchive,
  openLedgerReader,
  publishClaim,
  readTerms,
  type WrittenTerms,
} from "@wattest/prover"
import { createWorld, FROM, KEYS, TO, type World } from "@wattest/testkit/ledger/world"
import { artifactOf, withoutNames } from "@wattest/testkit/local/contracts"
import { POLICY_TEMPLATE } from "@wattest/verifier"
import { keccak256, parseEther } from "viem"
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts"

const REQUEST: WrittenTerms = {
  metric: "joules-per-token",
  model: "llama",
  boundary: "node",
  atMost: "0.0505",
  from: `${FROM}`,
  to: `${TO}`,
}

type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a program of ours without stopping the test's own event loop. */
function run(main: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { env })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (text) => {
      stdout += text
    })
    child.stderr.on("data", (text) => {
      stderr += text
    })
    child.on("close", (status) => resolve({ status, stdout, stderr }))
  })
}

describe("a claim", function () {
  this.timeout(300_000)
  let world: World
  let folder: string
  before(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), "wattest-claim-"))
  })
  after(async () => {
    await world.stop()
    rmSync(folder, { recursive: true })
  })

  const prove = (
    written: Partial<WrittenTerms>,
    { ledger = world.large.id, archive = world.archive, unopened = 0 } = {},
  ) => {
    const { reader, registry, pool } = world
    const terms = readTerms({ ...REQUEST, ...written })
    return createPresentation({
      reader,
      registry,
      ledgers: [ledger],
      archives: [openArchive(archive)],
      terms,
      unopened,
      keys: KEYS,
      pool,
    })
  }

  describe("is refused before any proof", () => {
    it("when its bound is false, and the operator alone is told what would hold", async () => {
      const close = {
        code: "BOUND_FALSE",
        message: /above 0\.050499 J per token: at most 0\.0505 J per token would hold/,
      }
      await assert.rejects(prove({ atMost: "0.050499" }), close)
      await assert.rejects(prove({ atLeast: "0.050501", atMost: "1" }), {
        code: "BOUND_FALSE",
        message: /at least 0\.0505 J/,
      })
      await assert.rejects(prove({ model: "nobody's" }), { code: "BOUND_FALSE", message: /divides by 0/ })
    })

    it("when runs cannot be opened, naming them", async () => {
      const missing = join(world.archive, runFolder(world.a.id, 3n))
      renameSync(missing, `${missing}.away`)
      try {
        await assert.rejects(prove({}), {
          code: "OPENINGS_MISSING",
          message: new RegExp(`has 1 of .*${world.a.id}/3$`),
        })
      } finally {
        renameSync(`${missing}.away`, missing)
      }
    })

    it("when the archive has another statement than was anchored", async () => {
      const path = join(world.archive, runFolder(world.b.id, 0n), ARCHIVE_FILES.record)
      const good = readFileSync(path)
      const record = world.chosen as RunRecord
      const registers = { ...record.statement.registers, energyMillijoules: 1n }
      try {
        writeFileSync(path, encodeDocument({ ...record, statement: { ...record.statement, registers } }))
        await assert.rejects(prove({}, { ledger: world.small.id }), { code: "ARCHIVE_BROKEN" })
        writeFileSync(path, encodeDocument({ ...record, root: record.capturesRoot }))
        await assert.rejects(prove({}, { ledger: world.small.id }), { code: "ARCHIVE_BROKEN" })
      } finally {
        writeFileSync(path, good)
      }
    })

    it("when selected runs break its conditions, naming them", async () => {
      await assert.rejects(prove({ model: "", metric: "energy", atMost: "1 GJ" }), {
        code: "CONDITION_FAILED",
        message: /5 selected runs have ENERGY_GRADE_WORSE/,
      })
      await assert.rejects(prove({ metric: "joules-per-sample" }), {
        code: "CONDITION_FAILED",
        message: /30 selected runs have UNIT_DIFFERS/,
      })
      await assert.rejects(prove({ workGrade: "measured" }), { code: "CONDITION_FAILED", message: /WORK_GRADE_WORSE/ })
    })

    it("when its period has not ended on the chain", async () => {
      await assert.rejects(prove({ to: `${TO + 100_000}` }), { code: "PERIOD_NOT_ENDED" })
    })

    it("when the registry has no such ledger, or is none", async () => {
      await assert.rejects(prove({}, { ledger: `0x${"99".repeat(32)}` }), { code: "INPUT_INVALID" })
      const nowhere = await openLedgerReader(world.chain.url, `0x${"11".repeat(20)}`)
      await assert.rejects(nowhere.period(world.large.id, FROM, TO, 1), { code: "SOURCE_UNREACHABLE" })
      await assert.rejects(openLedgerReader("http://127.0.0.1:9", world.registry), { code: "SOURCE_UNREACHABLE" })
    })

    it("when its terms make no sense", () => {
      const refused = (written: Partial<WrittenTerms>, message: RegExp) =>
        assert.throws(() => readTerms({ ...REQUEST, ...written }), { code: "TERMS_INVALID", message })
      refused({ metric: "happiness" }, /--metric: "happiness"/)
      refused({ metric: "energy-per-work" }, /counts work/)
      refused({ unit: "image" }, /two units/)
      refused({ boundary: undefined }, /no boundary/)
      refused({ boundary: "moon" }, /--boundary: "moon"/)
      refused({ atMost: undefined }, /no bound/)
      refused({ atMost: "0.00000001" }, /finer/)
      refused({ atLeast: "2", atMost: "1" }, /is above/)
      refused({ from: REQUEST.to }, /is empty/)
      refused({ to: "2026-02-30" }, /--to: "2026-02-30"/)
      refused({ energyGrade: "perfect" }, /--energy-grade/)
    })
  })

  it("goes by the command line from the chain to the registry of claims and to a verifier", async () => {
    const key = generatePrivateKey()
    const { address } = privateKeyToAccount(key)
    const { client, url } = world.chain
    // The ledgers' operator is an account of the node; a stranger's key may prove, and may not publish.
    await client.setBalance({ address, value: parseEther("10") })
    const [out, keyFile, policyFile] = ["claim.json", "operator.key", "policy.json"].map((name) =>
      join(folder, name),
    ) as [string, string, string]
    writeFileSync(keyFile, `${key}\n`, { mode: 0o600 })
    const chain = ["--rpc", url, "--claims", world.claims, "--operator-key", keyFile]
    const proved = await run("prover/src/main.ts", [
      ...["claim", "--rpc", url, "--registry", world.registry, "--ledger", world.small.id, "--archive", world.archive],
      ...[
        "--from",
        `${FROM}`,
        "--to",
        `${TO}`,
        "--model",
        "llama",
        "--metric",
        "joules-per-token",
        "--boundary",
        "node",
      ],
      ...["--at-most", "0.303 J/token", "--keys", KEYS, "--out", out, "--json"],
    ])
    assert.equal(proved.status, 0, proved.stderr)
    assert.match(proved.stderr, /proving: 2 of 2/)
    assert.match(proved.stderr, /at most 0\.303 J per token/)
    const foreign = await run("prover/src/main.ts", ["publish", ...chain, "--presentation", out])
    assert.equal(foreign.status, 1)
    assert.match(foreign.stderr, /error: .*the ledgers are of/)

    const { claims } = parsePresentation(readFileSync(out))
    const state = claims[0]?.kind === "period" ? claims[0].ledgers[0]?.state : undefined
    const trustedBlocks = [{ number: `${world.finalNumber}`, hash: keccak256(state?.header ?? "0x") }]
    const policy = {
      ...POLICY_TEMPLATE,
      chains: [{ chainId: 31337, registries: [world.registry], trustedBlocks, rpcs: [], checkpoints: null }],
      vouchers: [world.small.voucher],
      claims: { ...POLICY_TEMPLATE.claims, developmentKeys: true },
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
    const {
      claims: [claim],
    } = await prove({})
    if (claim?.kind !== "period") throw new Error("no claim")
    const { chain, operator, claims } = world
    const request = { claim, rpc: chain.url, claims, account: operator, gasCap: 500_000n }
    let sent = 0
    const crash = publishClaim({
      ...request,
      progress: (done) => {
        sent = done
        if (done === 2) throw new Error("crash")
      },
    })
    await assert.rejects(crash, /crash/)
    assert.equal(sent, 2)
    const { number, transactions } = await publishClaim(request)
    assert.deepEqual({ number, transactions }, { number: 0n, transactions: 2 })
    assert.deepEqual(await publishClaim(request), { number: 0n, transactions: 0 })
    const abi = artifactOf("ClaimRegistry").abi
    const [record] = (await chain.client.readContract({
      address: claims,
      abi,
      functionName: "claimsOf",
      args: [operator, 0n, 10n],
    })) as readonly { closedAt: bigint; hi: bigint; runs: bigint; voids: bigint }[]
    assert.ok(record && record.closedAt > 0n)
    assert.deepEqual([record.hi, record.runs, record.voids], [50_500n, 37n, 1n])
    await chain.client.mine({ blocks: 3 })
    const registry = (...args: string[]) =>
      run("registry/src/main.ts", ["claims", operator, "--claims", claims, "--rpc", chain.url, ...args])
    const listed = await registry()
    assert.equal(listed.status, 0, listed.stderr)
    assert.match(
      listed.stdout,
      /^claim 0 +proved 20.+energy-per-work at most 0\.0505 J per token.+all with model "llama", metered at the node/s,
    )
    assert.match(listed.stdout, /37 runs of 1 ledger: 0 not looked into, 1 lost\n {2}suspect +no\n$/)
    const [first] = JSON.parse((await registry("--json")).stdout)
    assert.deepEqual(
      [first.metric, first.hi, first.filters.energyGrade, first.suspect],
      ["energy-per-work", "50500", "measured", false],
    )
    const forged = { ...request, claim: { ...claim, hi: claim.hi - 1n } }
    await assert.rejects(publishClaim({ ...forged, claim: { ...forged.claim, from: claim.from + 1 } }))
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
    const claim = (out: string) =>
      run(
        "prover/src/main.ts",
        [
          ...[
            "claim",
            "--rpc",
            world.chain.url,
            "--registry",
            world.registry,
            "--ledger",
            world.small.id,
            "--archive",
            world.archive,
          ],
          ...["--from", `${FROM + 500}`, "--to", `${TO}`, "--metric", "energy", "--boundary", "node", "--at-most", "0"],
          ...["--keys", KEYS, "--out", join(folder, out)],
        ],
        { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
      )
    writeFileSync(program, script("proof"))
    chmodSync(program, 0o755)
    const good = await claim("rapid.json")
    assert.equal(good.status, 0, good.stderr)
    assert.ok(existsSync(join(folder, "was-here")))
    writeFileSync(program, script("{ ...proof, pi_c: proof.pi_a }"))
    const bad = await claim("forged.json")
    assert.equal(bad.status, 1)
    assert.match(bad.stderr, /CLAIM_PROOF_INVALID/)
    assert.equal(existsSync(join(folder, "forged.json")), false)
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
