import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { LOCAL_CHAIN_ID } from "@wattest/testkit/local/accounts"
import { DEVICES, type Fleet, FROM, meterFleet, TO } from "./fleet.ts"
import type { Stage } from "./steps.ts"

const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10)

/** Files of the second act. */
export const claimFiles = (folder: string) => ({
  archive: join(folder, "fleet"),
  tally: join(folder, "fleet.tally.json"),
  claim: join(folder, "claim.presentation.json"),
  policy: join(folder, "claim.policy.json"),
})

async function showFleet({ folder, narration }: Stage): Promise<Fleet> {
  narration.step("Three days of a simulated fleet; one device is off for a night")
  const { archive } = claimFiles(folder)
  rmSync(archive, { recursive: true, force: true })
  mkdirSync(archive, { recursive: true })
  const fleet = await meterFleet(archive)
  narration.say(
    `${DEVICES} devices, ${fleet.runs} runs from ${day(FROM)} until ${day(TO)}, anchored after each midnight`,
  )
  return fleet
}

/** Every run of the period is folded, so that none can be left out; what they took stays with the operator. */
async function proveClaim({ folder, narration }: Stage, { chain, registry, ledger }: Fleet): Promise<void> {
  const { archive, tally, claim } = claimFiles(folder)
  narration.step("The operator proves a number over all of them, and shows no run")
  rmSync(`${tally}.part`, { force: true })
  const which = ["--registry", registry, "--ledger", ledger.id, "--archive", archive]
  const period = ["--from", day(FROM), "--to", day(TO), "--model", "sample-8b", "--unit", "token", "--boundary", "node"]
  // The runs were simulated: who proves them has to say so, or none of them counts.
  const grades = ["--energy-grade", "simulated", "--work-grade", "simulated", "--origin", "recorded"]
  const env = { WATTEST_RPC: chain.url }
  await narration.command(["wattest", "prove", "tally", ...which, ...period, ...grades, "--out", tally], { env })
  const bound = ["--metric", "joules-per-token", "--at-most", "0.1"]
  await narration.command(["wattest", "prove", "bound", tally, ...bound, "--out", claim])
}

/** The policy accepts what a demonstration is made of, openly: simulated runs, development keys, and 3 % of the time missing. */
async function judgeClaim({ folder, narration }: Stage, { chain, registry, ledger }: Fleet): Promise<void> {
  const { claim, policy } = claimFiles(folder)
  narration.step("A stranger verifies it against the chain, and sees how complete it is")
  const believed = ["--chain", `${LOCAL_CHAIN_ID}`, "--registry", registry, "--voucher", ledger.voucher]
  const line = ["wattest", "verify", "policy", "init", ...believed, "--rpc", chain.url]
  const written = JSON.parse(await narration.command(line))
  const accepting = {
    ...written,
    books: { ...written.books, origins: ["live", "recorded"] },
    grades: { energy: "simulated", work: "simulated" },
    claims: { ...written.claims, developmentKeys: true, missingPercent: 3 },
  }
  writeFileSync(policy, `${JSON.stringify(accepting, null, 2)}\n`)
  narration.say(await narration.command(["wattest", "verify", claim, "--policy", policy]))
  const strict = { ...accepting, claims: { ...accepting.claims, missingPercent: 1 } }
  narration.step("Who wants 99 % of the time metered says so, and the night is too much")
  writeFileSync(policy, `${JSON.stringify(strict, null, 2)}\n`)
  const refused = await narration.command(["wattest", "verify", claim, "--policy", policy, "--json"], { exit: 5 })
  const { verdict } = JSON.parse(refused)
  narration.say(`${verdict.status}: ${verdict.code} (${verdict.detail})`)
  writeFileSync(policy, `${JSON.stringify(accepting, null, 2)}\n`)
}

/** The second act: a claim over a fleet, from its runs to a stranger's verdict. */
export async function claimAct(stage: Stage): Promise<void> {
  const fleet = await showFleet(stage)
  try {
    await proveClaim(stage, fleet)
    await judgeClaim(stage, fleet)
  } finally {
    await fleet.chain.stop()
  }
}
