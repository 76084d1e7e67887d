import { hash } from "node:crypto"
import { type Context, type Outcome, placeOf, readAtMost, UsageError } from "@wattest/command"
import {
  anchorReceipt,
  decodeUtf8,
  MAX_JOB_HEADER,
  MAX_PRESENTATION_BYTES,
  parseCertificate,
  parseDocument,
  parseEvidenceHeader,
  parseExtract,
  parseJobHeader,
  parsePresentation,
  parseVouch,
  Rejection,
  visible,
  visibleJson,
} from "@wattest/protocol"
import type { DeskKind } from "../desk/files/kinds.ts"
import { refusedPrivate } from "../desk/files/private.ts"
import { firstLine, kindOfFile } from "../desk/files/sort.ts"
import { extractRows } from "../report/extract/words.ts"
import { EXIT_CODES } from "../verdict.ts"
import { jobSaid } from "./job.ts"
import { certificateSaid, evidenceSaid, presentationSaid, receiptSaid, type Said, vouchSaid } from "./rows.ts"

/** The first line of what is not compressed, however long it is. */
function firstLineOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0x0a)
  return decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end), MAX_JOB_HEADER)
}

const READERS: { readonly [K in DeskKind]?: (bytes: Uint8Array) => Said } = {
  certificate: (bytes) => certificateSaid(parseCertificate(bytes)),
  job: (bytes) => jobSaid(parseJobHeader(firstLineOf(bytes))),
  presentation: (bytes) => presentationSaid(parsePresentation(bytes)),
  extract: (bytes) => extractRows(parseExtract(bytes)),
  evidence: (bytes) => evidenceSaid(parseEvidenceHeader(firstLine(bytes))),
  receipt: (bytes) => receiptSaid(parseDocument(bytes, anchorReceipt, MAX_PRESENTATION_BYTES)),
  vouch: (bytes) => vouchSaid(parseVouch(bytes)),
}

/** What a document says of itself, or why it does not even have the form that it names. */
type Inspected = {
  readonly kind: DeskKind
  readonly sha256: string
  readonly said: Said
  readonly fault: string | null
}

/** Reads what a document says, believing nothing. Throws a UsageError for what is none of ours. */
function inspectBytes(path: string, bytes: Uint8Array): Inspected {
  const kind = kindOfFile(bytes)
  if (kind === "private") throw refusedPrivate(path)
  const read = READERS[kind]
  if (read === undefined)
    throw new UsageError(
      `${placeOf(path)} is ${kind === "foreign" ? "no document of ours" : `a ${kind}`}`,
      "inspect a certificate, job, presentation, extract, evidence, receipt or vouch document",
    )
  const found = { kind, sha256: `0x${hash("sha256", bytes, "hex")}` }
  try {
    return { ...found, said: read(bytes), fault: null }
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    return { ...found, said: [], fault: `${error.code}: ${error.detail}` }
  }
}

/** Every line that a document has a part in ends with the word. */
function renderSaid({ kind, sha256, said, fault }: Inspected): string {
  const lines = [
    `This calls itself a ${kind}. Nobody checked anything: whoever wrote it could write anything.`,
    `  ${"sha256".padEnd(18)} ${sha256} (of these bytes; what they say is unverified)`,
    ...(fault === null ? [] : [`  ${"form".padEnd(18)} it does not have the form of one: ${fault} (unverified)`]),
    ...said.filter(([, value]) => value !== "").map(([name, value]) => `  ${name.padEnd(18)} ${value} (unverified)`),
    "To have it judged: wattest verify FILE --policy POLICY",
  ]
  return `${lines.map(visible).join("\n")}\n`
}

/** `inspect`: exit 0 where the document has its form, 1 where it has not. Neither says that it holds. */
export async function inspect(path: string, { terminal, json }: Context): Promise<Outcome> {
  const inspected = inspectBytes(path, readAtMost(path, MAX_PRESENTATION_BYTES))
  const { kind, sha256, said, fault } = inspected
  const answer = { kind, sha256, unverified: Object.fromEntries(said), fault }
  terminal.print(json ? visibleJson(answer) : renderSaid(inspected))
  return { exit: fault === null ? EXIT_CODES.valid : EXIT_CODES.invalid }
}
