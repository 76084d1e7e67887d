import { Rejection, type RunContext, runOpening, type Shape, shape, type Tags, toJson } from "@wattest/protocol"

/** Longest label, in bytes of UTF-8. */
const MAX_LABEL_BYTES = 256

const TEXT = shape.text(MAX_LABEL_BYTES)

/**
 * A label that somebody types: whole characters in normal form C, at most 256 bytes of UTF-8, none that steer a
 * terminal. The same at command line, configuration, library and endpoint: what a run was opened with can be certified.
 */
export const label: Shape<string> = (value, path) => {
  const refuse = (what: string) => new Rejection("FIELD_MALFORMED", `${path}: ${what}`)
  const bytes = typeof value === "string" ? Buffer.byteLength(value) : 0
  if (bytes > MAX_LABEL_BYTES) throw refuse(`text of at most ${MAX_LABEL_BYTES} bytes of UTF-8, not ${bytes}`)
  const text = TEXT(value, path)
  if (!text.isWellFormed()) throw refuse("half a character")
  if (/\p{Cc}/u.test(text)) throw refuse("a control character")
  return text
}

/** What a person calls a run, each a label. */
export type RunNames = { readonly tags: Tags } & Pick<RunContext, "workload" | "job">

/** Throws a Rejection that names the label which is none. */
export function checkNames({ tags: { model, unit, zone, party }, workload, job }: RunNames): void {
  for (const [name, value] of Object.entries({ model, unit, zone, party, workload, job })) label(value, name)
}

/** Throws a Rejection where no document could hold tags and context: no certificate could be made of such a run. */
export function checkOpening(tags: Tags, context: RunContext): void {
  runOpening(toJson({ ...tags, context }), "run")
  const texts = [tags, context.versions, context.factors].flatMap((texts) => Object.entries(texts).flat())
  if (![...texts, context.workload, context.job].every((text) => text.isWellFormed()))
    throw new Rejection("FIELD_MALFORMED", "run: a label ends in half a character")
}
