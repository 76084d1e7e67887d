import type { Db } from "../store/open.ts"
import { lastEvent } from "./events.ts"

const FRESH_MS = 500

/** The newest event's number, looked up once for all who ask within a moment. */
export function createNewest(db: Db): () => Promise<number> {
  let [known, lookedMs]: [Promise<number>, number] = [Promise.resolve(0), 0]
  return () => {
    const now = Date.now()
    if (now - lookedMs >= FRESH_MS) {
      known = lastEvent(db)
      lookedMs = now
    }
    return known
  }
}
