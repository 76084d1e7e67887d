import assert from "node:assert/strict"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { SnmpClient } from "../../../../attester/src/sources/rack/snmp.ts"
import { rejectsWith } from "../bench.ts"

const PREFIX = "1.3.6.1.4.1.99"
const PREFIX_BYTES = Buffer.from([0x2b, 6, 1, 4, 1, 99])
/** A NULL asks; noSuchInstance has its length, so that a question becomes its answer in place. */
const [NULL, NO_SUCH_INSTANCE] = [0x05, 0x81]
const [GET, RESPONSE] = [0xa0, 0xa2]

/** The states of an answer: of a request, and where. */
const NO_ERROR = Buffer.from([2, 1, 0, 2, 1, 0])
const AUTHORIZATION_ERROR = 16

/**
 * An agent without any object, which notes the last number of each that it is asked for, by question; or that answers
 * each question with an error, or not at all where that is null.
 */
async function withEmptyAgent(
  use: (port: number, questions: readonly (readonly number[])[]) => Promise<unknown>,
  state: number | null = 0,
) {
  const questions: number[][] = []
  const agent = createSocket("udp4")
  agent.on("message", (message, { port, address }) => {
    const asked: number[] = []
    message[message.indexOf(GET)] = RESPONSE
    for (let at = message.indexOf(PREFIX_BYTES); at !== -1; at = message.indexOf(PREFIX_BYTES, at + 1)) {
      const end = at + PREFIX_BYTES.length
      asked.push(message[end] ?? Number.NaN)
      assert.equal(message[end + 1], NULL)
      message[end + 1] = NO_SUCH_INSTANCE
    }
    questions.push(asked)
    if (state === null) return
    message[message.indexOf(NO_ERROR, message.indexOf(RESPONSE)) + 2] = state
    agent.send(message, port, address)
  })
  agent.bind(0, "127.0.0.1")
  await once(agent, "listening")
  try {
    await use(agent.address().port, questions)
  } finally {
    agent.close()
  }
}

describe("a client of SNMP", () => {
  for (const [count, sizes] of [
    [1, [1]],
    [32, [32]],
    [33, [32, 1]],
    [65, [32, 32, 1]],
  ] as const)
    it(`asks for ${count} objects in questions of ${sizes.join(", ")}, each object once`, () =>
      withEmptyAgent(async (port, questions) => {
        const client = new SnmpClient("pdu", { host: "127.0.0.1", port, community: "read" })
        const numbers = Array.from({ length: count }, (_, i) => i)
        const answers = await client.get(
          numbers.map((number) => `${PREFIX}.${number}`),
          AbortSignal.timeout(5000),
        )
        client.close()
        assert.equal(answers.size, 0)
        assert.deepEqual(
          questions.map(({ length }) => length),
          sizes,
        )
        assert.deepEqual(questions.flat(), numbers)
      }))

  for (const [what, state, fault, message] of [
    ["does not answer", null, "timeout", /the agent does not answer/],
    ["refuses", AUTHORIZATION_ERROR, "denied", /AuthorizationError/i],
  ] as const)
    it(`says of an agent that ${what}: ${fault}`, () =>
      withEmptyAgent(async (port) => {
        const client = new SnmpClient("pdu", { host: "127.0.0.1", port, community: "read" })
        await rejectsWith(fault, client.get([`${PREFIX}.1`], AbortSignal.timeout(5000)), message)
        client.close()
      }, state))
})
