import { createHash } from "node:crypto"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { readText } from "@wattest/command"
import { type JobPlan, jobPlan, MAX_JOB_PLAN_BYTES, parsePlainText } from "@wattest/protocol"
import { makeFolder, writeDurably } from "../store/durable.ts"
import { planText } from "./meeting.ts"

const nameOf = (job: string) => createHash("sha256").update(job).digest("hex").slice(0, 32)

/** The plans of parts that a node was in: whoever makes the job's document learns from them which devices it had. */
export type Plans = {
  /** The latest part of a job that this node was in; null for none. */
  readonly last: (job: string) => Promise<JobPlan | null>
  readonly keep: (plan: JobPlan) => Promise<void>
}

export function openPlans(folder: string): Plans {
  return {
    last: async (job) => {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return []
        throw error
      })
      const own = names.filter((name) => name.startsWith(`${nameOf(job)}-`) && name.endsWith(".json"))
      let last: JobPlan | null = null
      for (const name of own) {
        const text = readText(join(folder, name), MAX_JOB_PLAN_BYTES, "the plan of a job's part")
        const plan = jobPlan(parsePlainText(text), name)
        if (plan.part > (last?.part ?? -1)) last = plan
      }
      return last
    },
    keep: async (plan) => {
      await makeFolder(folder)
      await writeDurably(join(folder, `${nameOf(plan.job)}-${plan.part}.json`), [planText(plan)])
    },
  }
}
