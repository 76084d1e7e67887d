import { readAtMost, UsageError } from "@wattest/command"
import { decodeUtf8 } from "@wattest/protocol"
import type { Client } from "../pact/access.ts"
import type { Partner } from "../pact/partner.ts"

const MAX_SECRET_BYTES = 4096
const SECRET = /^[\x21-\x7e]+$/

function secretIn(path: string): string {
  const secret = decodeUtf8(readAtMost(path, MAX_SECRET_BYTES), MAX_SECRET_BYTES).trimEnd()
  if (SECRET.test(secret)) return secret
  throw new UsageError(
    `${path}: expected a secret, a line of printable ASCII without spaces`,
    "the client's host gives one",
  )
}

/** Clients that hear answers, by their ids, with this host's secrets there. */
export const readPartners = (clients: readonly Client[]): ReadonlyMap<string, Partner> =>
  new Map(
    clients.flatMap(({ id, answers }): [string, Partner][] => {
      if (answers === undefined) return []
      const { secretFile, ...partner } = answers
      return [[id, { ...partner, secret: secretIn(secretFile) }]]
    }),
  )
