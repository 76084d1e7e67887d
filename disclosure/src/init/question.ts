import { CommandError, shellWord, type Terminal, UsageError, ValueError } from "@wattest/command"

/** Where questions are asked, and what was answered, by the option that gives it. */
export type Sitting = Pick<Terminal, "ask" | "say"> & { readonly keep: (option: string, answer: string) => void }

/** Asks questions; where the person breaks off, the error says with which options to go on. */
export async function sitting<T>({ ask, say }: Terminal, hold: (at: Sitting) => Promise<T>): Promise<T> {
  const kept: string[] = []
  const keep = (option: string, answer: string) => void kept.push(`--${option} ${shellWord(answer)}`)
  try {
    return await hold({ ask, say, keep })
  } catch (error) {
    if (!(error instanceof CommandError) || error instanceof UsageError || kept.length === 0) throw error
    throw new CommandError(
      error.message,
      `nothing was written; to go on, type the command again with ${kept.join(" ")}`,
    )
  }
}

/** What is asked, and how an answer is read. */
export type Question<T> = {
  /** The option that answers it beforehand. */
  readonly option: string
  readonly asked: string
  /** What to answer and where to find it: shown for "?". */
  readonly help: string
  /** Throws a ValueError: what the answer is not, and what to write. */
  readonly read: (answer: string) => T
  /** What no answer means; absent: there must be one. */
  readonly otherwise?: string
}

/** Answers that cannot be read, before whoever types is taken for no person. */
const MAX_TRIES = 20

function readGiven<T>({ option, read }: Question<T>, given: string): T {
  try {
    return read(given)
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    throw new UsageError(`--${option}: ${JSON.stringify(given)} ${error.message}`, error.hint)
  }
}

/** What was typed as an option, or what a person answers; a bad answer is asked again, with what to write. Throws a UsageError. */
export async function answerTo<T>(
  question: Question<T>,
  given: string | undefined,
  { ask, say, keep }: Sitting,
): Promise<T> {
  if (given !== undefined) return readGiven(question, given)
  const { option, asked, help, read, otherwise } = question
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const typed = await ask(`${asked}${otherwise ? ` [${otherwise}]` : ""} (? for help): `)
    if (typed === null || typed === "") {
      if (otherwise !== undefined) {
        if (typed !== null) keep(option, otherwise)
        return read(otherwise)
      }
      if (typed === null) break
      say(`an answer is needed: ${help}`)
    } else if (typed === "?") say(help)
    else
      try {
        const answer = read(typed)
        keep(option, typed)
        return answer
      } catch (error) {
        if (!(error instanceof ValueError)) throw error
        say(`${JSON.stringify(typed)} ${error.message}: ${error.hint}`)
      }
  }
  throw new UsageError(`--${option} is missing`, `give --${option}: ${help}`)
}

/** Yes or no; nothing else is taken for either. */
export const yesOrNo = (answer: string): boolean => {
  if (/^(y|yes)$/i.test(answer)) return true
  if (/^(n|no)$/i.test(answer)) return false
  throw new ValueError("is neither yes nor no", "write y or n")
}
