import { gzipSync } from "node:zlib"
import {
  type Extract,
  encodeCanonicalJson,
  encodeDocument,
  type Json,
  type Presentation,
  type RejectCode,
  toJson,
} from "@wattest/protocol"
import type { Story, Told } from "@wattest/testkit/conformance/story"
import type { FindingCode, LedgerFindingCode, Policy, UnacceptedCode, UndeterminedCode } from "@wattest/verifier"

export type Expected =
  /** The file is plainly of another kind: a program says so with exit code 2, and gives no verdict. */
  | { readonly status: "not-ours" }
  | { readonly status: "valid" }
  | { readonly status: "invalid"; readonly code: RejectCode }
  | { readonly status: "unaccepted"; readonly code: UnacceptedCode }
  | { readonly status: "undetermined"; readonly code: UndeterminedCode }

type Finding = FindingCode | LedgerFindingCode

/** One document set and the verdict that every verifier must give on it. */
export type Case = {
  /** Name of its folder. */
  readonly name: string
  /** What happened, in one sentence. */
  readonly title: string
  readonly expect: Expected
  /** Codes that must be among the findings, and codes that must not; of others nothing is said. */
  readonly findings?: { readonly present: readonly Finding[]; readonly absent: readonly Finding[] }
  readonly story?: Story
  /** Changes the finished certificate. */
  readonly edit?: (certificate: Json) => Json
  /** Changes its bytes. */
  readonly bytes?: (bytes: Uint8Array) => Uint8Array
  /** A presentation in place of a certificate. */
  readonly presentation?: PresentationCase
  /** An extract in place of a certificate. */
  readonly extract?: ExtractCase
  /** A job of several devices in place of a certificate. */
  readonly job?: () => { readonly bytes: Uint8Array; readonly policy: Policy }
  /** Evidence files; none where absent. */
  readonly evidence?: (told: Told) => readonly Uint8Array[]
  /** Bytes to which a runner fills the certificate up with spaces, so that huge files need not be kept. */
  readonly fillTo?: number
}

export type ExtractCase = { readonly document: Extract; readonly policy: Policy }

export type PresentationCase = { readonly document: Presentation; readonly policy: Policy }

export const notOurs: Expected = { status: "not-ours" }
export const valid: Expected = { status: "valid" }
export const invalid = (code: RejectCode): Expected => ({ status: "invalid", code })
export const unaccepted = (code: UnacceptedCode): Expected => ({ status: "unaccepted", code })
export const undetermined = (code: UndeterminedCode): Expected => ({ status: "undetermined", code })

/** Runs are short, so that a case is small. */
export const SHORT: Story = { captures: 4 }

/** A copy of JSON with the value at a path of names and indices replaced; undefined takes it out. */
export function put(json: Json, path: string, value: Json | undefined): Json {
  const [name = "", ...rest] = path.split(".")
  const copy = structuredClone(json) as { [name: string]: Json }
  if (rest.length > 0) copy[name] = put(copy[name] ?? {}, rest.join("."), value)
  else if (value === undefined) delete copy[name]
  else copy[name] = value
  return copy
}

/** The value at a path. */
export function at(json: Json, path: string): Json {
  return path.split(".").reduce<Json>((value, name) => (value as { [name: string]: Json })[name] as Json, json)
}

/** Sets one path of the certificate. */
export const setting = (path: string, value: Json | undefined) => (json: Json) => put(json, path, value)

/** Another hexadecimal text of the same length: its last digit changes. */
export function otherHex(json: Json): Json {
  const text = String(json)
  return `${text.slice(0, -1)}${text.endsWith("1") ? "2" : "1"}`
}

/** Changes the last digit of the hexadecimal text at a path. */
export const flipping = (path: string) => (json: Json) => put(json, path, otherHex(at(json, path)))

export const zipped = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes, { level: 9 }))

export const textBytes = (text: string) => new TextEncoder().encode(text)

/** The evidence of the first run, its lines changed. */
export const linesOf = (change: (lines: readonly string[]) => readonly string[]) => (told: Told) => [
  textBytes(change(told.evidence[0] ?? []).join("")),
]

/** Full evidence as it is. */
export const fullEvidence = linesOf((lines) => lines)

export function certificateBytes({ edit, bytes }: Case, told: Told): Uint8Array {
  const encoded = encodeDocument(told.certificate)
  const edited = edit === undefined ? encoded : textBytes(encodeCanonicalJson(edit(toJson(told.certificate))))
  return bytes === undefined ? edited : bytes(edited)
}
