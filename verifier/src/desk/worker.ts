import { parentPort, workerData } from "node:worker_threads"
import { parsePolicy } from "../policy.ts"
import { type Job, judgeFile } from "./judge-file.ts"
import { type Task, worldFor } from "./task.ts"

/** Body of a worker thread: answers each batch of jobs with what was judged, in order. */
const task = workerData as Task
const policy = parsePolicy(task.policy)
parentPort?.on("message", async (jobs: readonly Job[]) => {
  const judged = []
  for (const job of jobs) judged.push([job.index, await judgeFile(job, task, worldFor(policy, task))])
  parentPort?.postMessage(judged)
})
