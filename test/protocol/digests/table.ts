import { generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { keccak_256 } from "@noble/hashes/sha3.js"
import {
  accumulator,
  accumulatorOfPairs,
  askedDigest,
  boundPublic,
  boundSlot,
  boundWord,
  captureMessage,
  captureRoot,
  deviceIdOf,
  deviceSlots,
  devicesDigest,
  encodeBounds,
  encodeCheckpointBefore,
  encodeClaimWord,
  encodeHeader,
  encodeMeasure,
  enrolmentMessage,
  fieldOfBytes,
  fieldOfDocument,
  fieldOfText,
  foldHead,
  foldPublic,
  type HeaderFields,
  type Hex,
  inclusionProof,
  instrumentText,
  joinPublic,
  leafOf,
  ledgerIdOf,
  ledgerSlot,
  memberSlot,
  openingRoot,
  openPublic,
  partDigest,
  profileDigest,
  profileText,
  Rejection,
  checkpointSlots as registryCheckpointSlots,
  retirementMessage,
  rootFromInclusionProof,
  runIdentity,
  runRoot,
  saltOf,
  statementDigest,
  submissionMessage,
  suspicionSlot,
  tallySlots,
  tallyWords,
  toHex,
  toJson,
  verificationKeyDigest,
  vouchDigest,
  vouchSlots,
} from "@wattest/protocol"
import { accountThatSigned } from "@wattest/protocol/account"
import { nodeSignatures } from "@wattest/protocol/node"
import { portableSignatures } from "@wattest/protocol/portable"
import { type AnchorPromise, type PromiseDomain, promiseTypedData } from "@wattest/relayer"
import { hashTypedData } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { checkpointLeaf, checkpointSlots } from "../../../verifier/src/chain/checkpoint.ts"
import { weightsOf } from "../../../verifier/src/claims/proof/weights.ts"
import { populationDigest } from "../../../verifier/src/desk/sample/population.ts"
import * as sample from "./samples.ts"
import { bytesOf, element, type Full } from "./samples.ts"

/** A hash, commitment or signed message, with everything that it is made of. */
export interface Digest {
  readonly name: string
  /** One for each parameter. */
  readonly inputs: readonly unknown[]
  of(inputs: readonly unknown[]): unknown
  /** A place on which it must not depend: what is signed over it. */
  readonly ignores?: string
  /** Its list is a set: any order gives the same. */
  readonly isSet?: true
}

/** A row of the table: `inputs` holds every parameter of `of`, and every field that it may have. */
function row<A extends readonly unknown[]>(
  name: string,
  of: (...inputs: A) => unknown,
  inputs: Full<NoInfer<A>>,
  but: Pick<Digest, "ignores" | "isSet"> = {},
): Digest {
  // What is changed is still an A, or lacks something: then it may be refused.
  return { name, inputs: inputs as A, of: (changed) => of(...(changed as A)), ...but }
}

const ADDRESS = bytesOf(7, 20)
const DEVICE = bytesOf(8)
const TARGET = { chainId: 137, registry: bytesOf(1, 20) }
const JSON_VALUE = { a: [1, "b", true], c: { d: "e" } }
const SECRET = new Uint8Array(32).fill(3)

type FullStatement = typeof sample.STATEMENT
const digestOfStatement = (statement: FullStatement, identity: bigint, salt: bigint) =>
  statementDigest({ ...statement, context: toJson(statement.context) }, identity, salt)
const rootAmongSeven = (leaf: bigint, index: number, siblings: readonly bigint[]) =>
  rootFromInclusionProof(leaf, index, 7, siblings)

const LEAVES = [1n, 2n, 3n, 4n, 5n, 6n, 7n]
/** Of two leaves: each of them is a sibling of the other, and all others are in both. */
const siblingsFromBoth = (leaves: readonly bigint[]) => [0, 1].map((index) => inclusionProof(leaves, index))

const RUNS = [
  row("leaf of a capture", leafOf, [sample.READING, 1n, 2n]),
  row("salt of a capture", saltOf, [SECRET, 4]),
  row("salt of a statement", (secret: Uint8Array) => saltOf(secret, "statement"), [SECRET]),
  row("what a device signs of a capture", captureMessage, [1n, 2n]),
  row("captures' root", (leaves: readonly bigint[]) => captureRoot(leaves), [LEAVES]),
  row("root of a leaf among seven", rootAmongSeven, [1n, 4, [2n, 3n, 4n]]),
  row("siblings of a leaf among seven", siblingsFromBoth, [LEAVES]),
  row("statement", digestOfStatement, [sample.STATEMENT, 1n, 2n]),
  row("identity of a run", runIdentity, [DEVICE, 2n]),
  row("root of a run", runRoot, [1n, 2n]),
  row("root of an opening", openingRoot, [sample.OPENING]),
  row("element of bytes", fieldOfBytes, [SECRET]),
  row("element of a text", fieldOfText, ["Straße"]),
  row("element of JSON", (value: typeof JSON_VALUE) => fieldOfDocument(value), [JSON_VALUE]),
  row("devices of a part", devicesDigest, [[bytesOf(1), bytesOf(2), bytesOf(3)]], { isSet: true }),
  row("part of a job", partDigest, [sample.GROUP]),
  row("id of a P-256 key", (key: Hex) => deviceIdOf({ scheme: 2, key }), [bytesOf(1, 64)]),
  row("id of an Ed25519 key", (key: Hex) => deviceIdOf({ scheme: 1, key }), [bytesOf(1)]),
]

const ROOTS = { firstRun: 5n, roots: [element(1), element(2), element(3)], through: 60 }
const TERMS = { operator: bytesOf(2, 20), voucher: bytesOf(3, 20), boundary: "node", evidence: bytesOf(4) } as const
const BLOCK = { number: 1n, timestamp: 60, transactionsRoot: bytesOf(1), receiptsRoot: bytesOf(2) }

const CHAIN = [
  row("submission", submissionMessage, [TARGET, DEVICE, ROOTS]),
  row("enrolment", enrolmentMessage, [TARGET, DEVICE, TERMS]),
  row("retirement", retirementMessage, [TARGET, DEVICE, 7n]),
  row("id of a ledger", ledgerIdOf, [ADDRESS, bytesOf(3, 20)]),
  row("vouch document", vouchDigest, [sample.VOUCH]),
  row("profile", profileDigest, [sample.PROFILE], { ignores: "[0].signature" }),
  row("what is signed of a profile", profileText, [sample.PROFILE], { ignores: "[0].signature" }),
  row("what is signed of an instrument", instrumentText, [sample.INSTRUMENT], { ignores: "[0].attestation" }),
  row("verification key", verificationKeyDigest, [sample.KEY]),
  row("block header", (header: HeaderFields) => keccak_256(encodeHeader(header)), [sample.HEADER]),
  row("call for a checkpoint", encodeCheckpointBefore, [bytesOf(1), 60]),
  row("slots of a vouch", vouchSlots, [DEVICE, ADDRESS]),
  row("slots of a device", deviceSlots, [DEVICE]),
  row("slot of a ledger", ledgerSlot, [bytesOf(1)]),
  row("slot of a member", memberSlot, [bytesOf(1), 2n]),
  row("slots of a checkpoint", registryCheckpointSlots, [bytesOf(1), 2n]),
  row("slot of a suspicion", suspicionSlot, [bytesOf(1), 2n]),
  row("slots of Polygon's checkpoint", checkpointSlots, [10_000n]),
  row(
    "leaf of Polygon's checkpoint",
    (block: typeof BLOCK) => checkpointLeaf({ ...block, hash: bytesOf(3), stateRoot: bytesOf(4) }),
    [BLOCK],
  ),
  row(
    "population of a sample",
    populationDigest,
    [
      [
        { device: bytesOf(1), run: 2n },
        { device: bytesOf(1), run: 30n },
      ],
    ],
    { isSet: true },
  ),
  row(
    "relayer's promise",
    (domain: PromiseDomain, promise: AnchorPromise) => hashTypedData(promiseTypedData(domain, promise)),
    [TARGET, { content: bytesOf(2), deadline: 60 }],
  ),
]

const COUNTS = { length: 3, unopened: 1, voids: 1 }
const MEASURE = { numerator: ["energyMillijoules"], denominator: ["workUnits"], scale: 5n } as const
const { tags: _, ...ASKED } = sample.ASKED
const TALLY_ID = { operator: ADDRESS, number: 2n }
const WEIGHED = { key: sample.KEY, publicSignals: [1n, 2n], proof: sample.PROOF }

const wordOfBound = (bound: sample.BoundTerms, over: bigint) => boundWord(sample.boundOf(bound), over)

const CLAIMS = [
  row("accumulator", accumulator, [sample.ACCUMULATION]),
  row("accumulator of pairs", accumulatorOfPairs, [[1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n], 10n]),
  row("labels that are asked for", askedDigest, [[1n, 2n, 3n, 4n, 5n]]),
  row("word of a claim", encodeClaimWord, [COUNTS, ASKED]),
  row("head of a ledger", (head: bigint, root: bigint) => foldHead(head, root), [1n, 2n]),
  row("signals of fold", foldPublic, [{ headFrom: 1n, headTo: 2n, word: 3n, asked: 4n, cFrom: 5n, cTo: 6n }]),
  row("signals of open", openPublic, [{ root: 1n, word: 3n, asked: 4n, cFrom: 5n, cTo: 6n }]),
  row("signals of bound", boundPublic, [{ cNumerator: 1n, cDenominator: 2n, measure: 3n, bounds: 4n }]),
  row("signals of join", (parts: readonly bigint[], sum: bigint) => joinPublic(parts, sum), [[1n, 2n, 3n], 4n]),
  row("measure of a bound", encodeMeasure, [MEASURE, true]),
  row("bounds of a number", encodeBounds, [{ lo: 1n, hi: 2n }]),
  row("slots of a published tally", tallySlots, [TALLY_ID]),
  row("words of a published tally", (tally: sample.TallyTerms) => [...tallyWords(sample.published(tally))], [
    sample.TALLY,
  ]),
  row("slot of a published bound", boundSlot, [TALLY_ID, 3]),
  row("word of a published bound", wordOfBound, [sample.BOUND, 4n], { isSet: true }),
  row("weights of proofs", weightsOf, [[WEIGHED, { ...WEIGHED, publicSignals: [3n, 4n] }]]),
]

const MESSAGE = new TextEncoder().encode("what a device signs")

/** A signature over {@link MESSAGE}: whether it holds is a value that changes with key, message and signature. */
const signed = (key: KeyObject, digest: string | null) =>
  new Uint8Array(sign(digest, MESSAGE, { key, dsaEncoding: "ieee-p1363" }))

function rowsOfDevices(): readonly Digest[] {
  const part = (value = "") => Buffer.from(value, "base64url")
  const ed25519 = generateKeyPairSync("ed25519")
  const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const [edwards, curve] = [ed25519, p256].map(({ publicKey }) => publicKey.export({ format: "jwk" }))
  const keys = [
    { scheme: 1, key: part(edwards?.x), signature: signed(ed25519.privateKey, null) },
    { scheme: 2, key: Buffer.concat([part(curve?.x), part(curve?.y)]), signature: signed(p256.privateKey, "sha256") },
  ] as const
  const checkers = { portable: portableSignatures, node: nodeSignatures }
  return keys.flatMap(({ scheme, key, signature }) =>
    Object.entries(checkers).map(([engine, checker]) =>
      row(
        `whether a device signed, scheme ${scheme}, ${engine}`,
        (key: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
          outcomeOf(() => checker({ scheme, key: toHex(key) })(signature, message)),
        [new Uint8Array(key), MESSAGE, signature],
      ),
    ),
  )
}

/** A key that is refused is an outcome too: few numbers are keys. */
function outcomeOf(act: () => boolean): boolean | string {
  try {
    return act()
  } catch (error) {
    if (error instanceof Rejection) return error.code
    throw error
  }
}

async function rowsOfAccounts(): Promise<readonly Digest[]> {
  const message = "Wattest profile 0x01"
  const signature = await privateKeyToAccount(bytesOf(9)).signMessage({ message })
  return [row("account that signed a text", accountThatSigned, [message, signature])]
}

/** Every hash, commitment and signed message that one member makes and another checks. */
export const tableOfDigests = async (): Promise<readonly Digest[]> => [
  ...[...RUNS, ...CHAIN, ...CLAIMS],
  ...rowsOfDevices(),
  ...(await rowsOfAccounts()),
]
