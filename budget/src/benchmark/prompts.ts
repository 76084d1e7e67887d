import { hash } from "node:crypto"
import { placeOf, readAtMost, UsageError } from "@wattest/command"

const MAX_BYTES = 64 * 1024 * 1024

export type Prompts = {
  readonly texts: readonly string[]
  /** SHA-256 of the prompts as they are sent, with a line feed behind each of them. */
  readonly digest: string
}

function promptIn(line: string, place: string): string {
  if (!line.startsWith("{")) return line
  try {
    const { prompt } = JSON.parse(line)
    if (typeof prompt === "string" && prompt !== "") return prompt
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new UsageError(`${place} is no object with a prompt`, 'write {"prompt": "…"}, or the prompt as it is')
}

/** The first prompts of a file, one a line, as text or as `{"prompt": "…"}`. Throws a UsageError. */
export function readPrompts(path: string, count: number): Prompts {
  const bytes = readAtMost(path, MAX_BYTES)
  const place = placeOf(path)
  if (bytes.length > MAX_BYTES)
    throw new UsageError(`${place} is too long for prompts`, `at most ${MAX_BYTES} bytes are read`)
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/)
  const texts = lines.flatMap((line, i) => (line.trim() === "" ? [] : [promptIn(line, `${place}, line ${i + 1}`)]))
  if (texts.length < count)
    throw new UsageError(`${place} has ${texts.length} prompts, ${count} are asked for`, "add some, or give --count N")
  const asked = texts.slice(0, count)
  return { texts: asked, digest: hash("sha256", asked.map((text) => `${text}\n`).join(""), "hex") }
}
