import { Undetermined } from "./verdict.ts"

/**
 * Asks the same of each, and gives the answers in order. What refuses one outweighs what could not be known of those
 * before it: what is open is thrown once all were asked, the first of it.
 */
export async function askEach<Asked, Answer>(
  all: readonly Asked[],
  ask: (one: Asked) => Answer | Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  let open: Undetermined | undefined
  for (const one of all) {
    try {
      answers.push(await ask(one))
    } catch (error) {
      if (!(error instanceof Undetermined)) throw error
      open ??= error
    }
  }
  if (open !== undefined) throw open
  return answers
}
