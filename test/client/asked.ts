import assert from "node:assert/strict"
import { IndexFailure } from "@wattest/client"

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** The failure of a question. */
export const failureOf = async (asked: Promise<unknown>): Promise<IndexFailure> => {
  const error = await asked.then(
    () => assert.fail("it was answered"),
    (error: unknown) => error,
  )
  assert.ok(error instanceof IndexFailure, String(error))
  return error
}
