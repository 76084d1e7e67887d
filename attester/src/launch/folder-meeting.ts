import { createHash } from "node:crypto"
import { readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { ifThere, readText } from "@wattest/command"
import { type JobPlan, jobPlan, MAX_JOB_PLAN_BYTES, parsePlainText, toJson } from "@wattest/protocol"
import { makeFolder, writeDurably } from "../store/durable.ts"
import { type Call, checkNamed, lateFor, type Meeting, type Member, member, planOf, planText } from "./meeting.ts"

const POLL_MS = 250
/** Who waits says so again and again; a file that is older than this beside ours was left by an earlier attempt. */
const STALE_MS = 60_000

const PLAN = "plan.json"
const nodeFile = (node: number) => `node-${node}.json`

const readIfThere = (path: string): string | null =>
  ifThere(() => readText(path, MAX_JOB_PLAN_BYTES, "what nodes tell each other"))

const readPlan = (path: string): JobPlan | null => {
  const text = readIfThere(path)
  return text === null ? null : jobPlan(parsePlainText(text), path)
}

/** The first round without a plan, and the plan of the one before. */
function openRound(folder: string): { readonly round: string; readonly before: JobPlan | null } {
  let before: JobPlan | null = null
  for (let i = 0; ; i++) {
    const round = join(folder, `round-${i}`)
    const plan = readPlan(join(round, PLAN))
    if (plan === null) return { round, before }
    before = plan
  }
}

/** The nodes that wait in this round now; an early one may not see the folder of another yet. */
async function waitingIn(round: string, own: string): Promise<readonly Member[]> {
  const names = await readdir(round)
  const { mtimeMs: nowMs } = await stat(join(round, own))
  const there: Member[] = []
  for (const name of names.filter((candidate) => /^node-[0-9]+\.json$/.test(candidate))) {
    const found = await stat(join(round, name)).catch(() => null)
    const text = found === null || nowMs - found.mtimeMs > STALE_MS ? null : readIfThere(join(round, name))
    if (text !== null) there.push(member(parsePlainText(text), name))
  }
  return there
}

/**
 * A meeting in a folder that all nodes share: each writes its device into the open round, and node 0 writes the plan
 * when all are there. Whoever can write there can spoil the meeting, so it is a folder of the job's user alone.
 */
export function folderMeeting(shared: string, call: Call): Meeting {
  const name = createHash("sha256").update(call.job).digest("hex").slice(0, 32)
  const folder = join(shared, `wattest-${name}`)
  return {
    async join(own, deadlineMs) {
      await makeFolder(shared)
      await makeFolder(folder)
      const { round, before } = openRound(folder)
      await makeFolder(round)
      const file = nodeFile(own.node)
      const text = `${JSON.stringify(toJson(own))}\n`
      let there: readonly Member[] = []
      while (performance.now() < deadlineMs) {
        const plan = readPlan(join(round, PLAN))
        if (plan !== null) return checkNamed(plan, own)
        await writeDurably(join(round, file), [text])
        there = await waitingIn(round, file)
        const all = there.filter(({ node }) => node < call.nodes)
        if (own.node === 0 && all.length === call.nodes)
          await writeDurably(join(round, PLAN), [planText(planOf(call, all, before))])
        else await sleep(POLL_MS)
      }
      await rm(join(round, file), { force: true })
      throw lateFor(call, there.length)
    },
  }
}
