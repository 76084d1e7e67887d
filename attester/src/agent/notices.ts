/**
 * Says what an operator should read: once when it begins, again when it is another, and once when it is over. A source
 * that fails at every read would else bury all other lines.
 */
export type Notices = {
  /** Something is wrong with `topic`; numbers in the text alone make it no other. */
  trouble(topic: string, text: string): void
  /** Nothing is wrong with it. */
  well(topic: string): void
}

const MOST_TOPICS = 10_000

export function createNotices(say: (line: string) => void): Notices {
  const troubles = new Map<string, string>()
  return {
    trouble(topic, text) {
      const gist = text.replace(/[0-9]+/g, "0")
      if (troubles.get(topic) === gist) return
      if (troubles.size < MOST_TOPICS) troubles.set(topic, gist)
      say(`${topic}: ${text}`)
    },
    well(topic) {
      if (troubles.delete(topic)) say(`${topic}: is well again`)
    },
  }
}
