/** Why a request is refused: a closed code for machines, a sentence and a hint for people. */
export const REFUSALS = {
  DOCUMENT_REJECTED: 400,
  ENROLMENT_MISSING: 403,
  SIGNATURE_INVALID: 403,
  NOT_FOUND: 404,
  RUN_GAP: 409,
  ROOT_CONFLICT: 409,
  THROUGH_TOO_EARLY: 409,
  DEVICE_WITHDRAWN: 410,
  DEVICE_RETIRED: 410,
  BODY_TOO_LARGE: 413,
  WRONG_REGISTRY: 422,
  NOT_FINAL: 425,
  THROUGH_AHEAD: 425,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  BACKLOG_FULL: 503,
  STORE_UNAVAILABLE: 503,
  CHAIN_UNAVAILABLE: 503,
  STOPPING: 503,
} as const

export type RefusalCode = keyof typeof REFUSALS

/** A refusal on its way to the client. `facts` are members of the answer that help to go on. */
export class Refusal extends Error {
  override readonly name = "Refusal"
  readonly code: RefusalCode
  readonly facts: Readonly<Record<string, string | number | null>>
  readonly retryAfterSeconds: number | null

  constructor(
    code: RefusalCode,
    message: string,
    facts: Refusal["facts"] = {},
    retryAfterSeconds: number | null = null,
  ) {
    super(message)
    this.code = code
    this.facts = facts
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Seconds after which a client may ask again where the chain, or the relayer, is not ready. */
export const RETRY_SECONDS = 5

/** Reads the chain for a request: what fails is CHAIN_UNAVAILABLE, unless it is a refusal of its own. */
export async function onChain<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Refusal) throw error
    const message = `the chain cannot be read: ${(error as Error).message}`
    throw new Refusal("CHAIN_UNAVAILABLE", message, {}, RETRY_SECONDS)
  }
}
