import { existsSync } from "node:fs"
import { checkReplaced, readObject, replaceDurably, UsageError } from "@wattest/command"
import { DEPLOYMENTS, type Deployment, parseDeployment, toJson } from "@wattest/protocol"

/** Where a deployment is recorded if nobody says where. */
export const recordPath = (chainId: number): string => `wattest-deployment.${chainId}.json`

const MAX_RECORD_BYTES = 1 << 20

/** Reads a record that a deployment left. Throws a UsageError that names the file. */
export function readRecord(path: string): Deployment {
  const record = readObject(path, MAX_RECORD_BYTES, "a record of a deployment")
  try {
    return parseDeployment(toJson(record))
  } catch (error) {
    throw new UsageError(`${path} is no record of a deployment: ${(error as Error).message}`, "name another file")
  }
}

/**
 * Refuses a place that takes no record, a file that is none, and one of another chain than `chainId`, before anything is
 * paid for. Throws a UsageError.
 */
export function checkRecordPlace(path: string, chainId?: number): void {
  checkReplaced(path, "--record")
  const before = existsSync(path) ? readRecord(path).chainId : chainId
  if (chainId !== undefined && before !== chainId)
    throw new UsageError(`${path} is the record of chain ${before}, not ${chainId}`, "name another file as --record")
}

const placesOf = ({ block, ...places }: Deployment) => JSON.stringify(places)

/** Writes a record, unless the file says the same but for a later block. Answers what the file says then. */
export function keepRecord(path: string, deployment: Deployment): Deployment {
  if (existsSync(path)) {
    const before = readRecord(path)
    if (placesOf(before) === placesOf(deployment)) return before
  }
  replaceDurably(path, `${JSON.stringify(deployment, null, 2)}\n`)
  return deployment
}

/** The record that a check compares with: the file named, else what this version knows of the chain. */
export const recordFor = (chainId: number, path?: string): Deployment | null =>
  path === undefined ? (DEPLOYMENTS[chainId] ?? null) : readRecord(path)
