import { day, decodeUtf8, GRADES, parsePlainText, shape } from "@wattest/protocol"
import { OUTCOMES } from "@wattest/verifier"
import { CELL_STATES, EVIDENCE, FILING_TYPE, type Filing, SOURCE_KINDS } from "./filing.ts"

const { array, described, hex, integer, literal, nullable, object, oneOf, record, text, unsigned } = shape

/** Longest filing, in bytes. */
export const MAX_FILING_BYTES = 64 * 1024 * 1024

const free = text(16_384)
const MANY = { max: 65_536 }
const days = object({ from: day, to: day })
const seconds = integer(0, 2 ** 40)

const source = object({
  ...{ document: free, documentDigest: nullable(hex(32)), kind: oneOf(SOURCE_KINDS), evidence: oneOf(EVIDENCE) },
  verdict: nullable(oneOf(OUTCOMES)),
  block: nullable(object({ chainId: integer(1, Number.MAX_SAFE_INTEGER), number: text(78), time: seconds })),
  ...{ quantity: free, share: free },
})

const count = unsigned(128)
/** A whole number as a text: who reads a filing computes with it. */
const whole = described({ ...count.schema }, (value, path) => `${count(value, path)}`)

const coverage = object({
  ...{ meteredMs: whole, expectedMs: nullable(whole), blindMs: whole, voids: whole, notShown: whole },
  behind: array(hex(32), MANY),
})

const cell = object({
  ...{ id: free, concept: free, label: free, kind: oneOf(["number", "text"]), unit: free, value: nullable(free) },
  ...{ decimals: nullable(integer(-100, 100)), bound: oneOf(["exact", "at-most"]), state: oneOf(CELL_STATES) },
  ...{ dimensions: record(free, 64), period: days, uncertainty: nullable(free) },
  grades: array(object({ grade: oneOf(GRADES), share: free }), MANY),
  ...{ evidence: nullable(oneOf(EVIDENCE)), coverage: nullable(coverage), sources: array(source, MANY) },
  ...{ previous: nullable(free), needs: array(free, MANY), notes: array(free, MANY) },
})

const weight: shape.Shape<1 | -1> = described({ enum: [1, -1] }, (value, path) =>
  value === -1 ? -1 : literal(1)(value, path),
)

/** A filing as a file holds it. */
export const filing: shape.Shape<Filing> = object({
  mediaType: literal(FILING_TYPE),
  program: free,
  standard: object({
    ...{ id: free, title: free, version: free, validFrom: day, source: free },
    ...{ namespaces: record(free, 64), taxonomy: array(free, MANY), entityScheme: nullable(free) },
  }),
  entity: object({ name: free, lei: nullable(free), country: free, currency: free }),
  period: days,
  subject: object({ kind: oneOf(["entity", "site", "job", "model"]), name: free }),
  ...{ asOf: nullable(seconds), previousAsOf: nullable(seconds) },
  ...{ policyDigest: hex(32), profileDigest: hex(32), profileSigner: nullable(hex(20)) },
  cells: array(cell, MANY),
  sums: array(object({ total: free, parts: array(object({ cell: free, weight }), MANY) }), MANY),
  refused: array(
    object({ name: free, status: oneOf(["invalid", "unaccepted", "undetermined"]), code: free, detail: free }),
    MANY,
  ),
  notes: array(free, MANY),
})

/** Reads an untrusted filing. Throws a Rejection. */
export const parseFiling = (bytes: Uint8Array): Filing =>
  filing(parsePlainText(decodeUtf8(bytes, MAX_FILING_BYTES)), "$")
