import { CommandError } from "@wattest/command"
import { postJson } from "./http.ts"

/** What a server said to one prompt. */
export type Answer = {
  readonly isEmpty: boolean
  /** As the server counts them; 0 where it does not. */
  readonly promptTokens: number
  readonly completionTokens: number
}

/** A server that speaks the OpenAI API, and what it is asked for. */
export type Server = {
  readonly url: string
  readonly model: string
  readonly maxTokens: number | undefined
  readonly key: string | undefined
}

const TIMEOUT_MS = 600_000

const member = (value: unknown, name: string | number): unknown =>
  value !== null && typeof value === "object" ? Reflect.get(value, name) : undefined

const countIn = (usage: unknown, name: string): number => {
  const count = member(usage, name)
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : 0
}

/** Asks one prompt, alone. Throws Unreachable, and a CommandError where the server refuses or answers something else. */
export async function ask({ url, model, maxTokens, key }: Server, prompt: string): Promise<Answer> {
  const place = `${url}/chat/completions`
  const body = {
    ...{ model, messages: [{ role: "user", content: prompt }], temperature: 0, stream: false },
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  }
  const headers: { readonly [name: string]: string } = key === undefined ? {} : { authorization: `Bearer ${key}` }
  const answer = await postJson(place, body, { headers, timeoutMs: TIMEOUT_MS })
  const text = member(member(member(answer.choices, 0), "message"), "content")
  if (typeof text !== "string")
    throw new CommandError(`${place} answers without choices[0].message.content`, "does it speak the OpenAI API?")
  return {
    isEmpty: text.trim() === "",
    promptTokens: countIn(answer.usage, "prompt_tokens"),
    completionTokens: countIn(answer.usage, "completion_tokens"),
  }
}
