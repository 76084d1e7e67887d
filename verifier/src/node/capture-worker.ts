import { parentPort, workerData } from "node:worker_threads"
import { nodeSignatures } from "@wattest/protocol/node"
import type { CaptureBatch } from "../evidence/capture-batch.ts"
import { type CaptureOrigin, createBatchCheck } from "../evidence/capture-engine.ts"

/** Body of a worker thread: answers each batch with its outcome, in order. */
const { device, run } = workerData as CaptureOrigin
const check = createBatchCheck(run, nodeSignatures(device))
parentPort?.on("message", (batch: CaptureBatch) => parentPort?.postMessage(check(batch)))
