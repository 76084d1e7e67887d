import { printable } from "./printable.ts"

const MAX_SAID = 300

/** What a relayer's refusal says, `{"error":{"code","message"}}`, in a line for people; the status where it says nothing. */
export function refusedBy(origin: string, status: number, body: string): string {
  try {
    const { code, message } = JSON.parse(body).error
    if (typeof code === "string" && typeof message === "string")
      return printable(`${origin} refuses: ${message} (${code})`.slice(0, MAX_SAID))
  } catch {
    // What is no refusal of a relayer's comes from something before it, and is not worth a person's time.
  }
  return `${origin} refuses with status ${status} and no reason`
}
