import { STATES } from "@wattest/chain"
import { type Shape, shape } from "@wattest/protocol"

const { boolean, described, hex, integer, literal, nullable, object, oneOf, text } = shape

/** The same shape, with words for people who read the description. */
const about = <T>(read: Shape<T>, description: string): Shape<T> => described({ ...read.schema, description }, read)

const count = integer(0, Number.MAX_SAFE_INTEGER)
const seconds = about(count, "Unix seconds")

export const word = hex(32)
export const address = hex(20)
/** A run's number as text, as it stands in a path and in an answer. */
export const run = described<string>(
  { type: "string", pattern: "^(?:0|[1-9][0-9]{0,15})$", description: "run number, decimal" },
  text(16),
)

const sentence = text(65_536)

/** A relayer's word that a submission will be anchored in time. */
const promise = object({ content: word, deadline: seconds, signer: address, signature: hex(65) })

export const accepted = object({ digest: word, device: word, promise: nullable(promise) })

/** What a client sees of a submission. */
export const submissionState = object({
  digest: word,
  device: word,
  firstRun: run,
  endRun: about(run, "the run after its last one"),
  through: about(count, "end of the minute up to which it tells, Unix seconds: no block before then takes it"),
  state: about(
    oneOf(["accepted", "sent", "final", "refused"]),
    "accepted: durable; sent: a transaction is on its way or mined; final: anchored for good; refused: never will be",
  ),
  reason: nullable(oneOf(["withdrawn", "retired", "conflict"])),
  transaction: about(
    nullable(word),
    "sent: the last version sent; final: the one that anchors, null where another relayer's was not seen",
  ),
  acceptedAt: seconds,
  deadline: seconds,
})

const [, ...ENROLLED] = STATES

/** A device on the chain and here. */
export const deviceState = object({
  device: word,
  state: oneOf(ENROLLED),
  operator: address,
  voucher: address,
  nextRun: about(run, "number of its anchored runs in the latest block"),
  finalRun: about(run, "number of its anchored runs in the finalized block"),
  expectedRun: about(run, "where its next submission must begin, or before"),
  through: about(count, "up to which its books are told in the latest block, Unix seconds; 0: not at all"),
})

export const beacon = object({ number: run, hash: word, timestamp: seconds })

export const health = object({ status: literal("alive") })

export const readiness = object({ ready: boolean, reason: nullable(sentence) })

export const relayerStatus = object({
  queued: about(count, "accepted, and in no transaction yet"),
  staged: about(count, "in a transaction that is not final yet"),
  oldestMs: about(nullable(count), "Unix milliseconds"),
  overdue: about(count, "past the deadline of their promise"),
  lastStepMs: about(nullable(count), "Unix milliseconds of the last look at the chain"),
  lastError: nullable(sentence),
  chainId: count,
  registry: address,
  sender: address,
  promiseSigner: address,
  latestBlock: nullable(count),
  finalizedBlock: nullable(count),
})
