const MAX_QUOTED = 80
const STEERING = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu
/** As long as a private key, which no message may repeat into a log. */
const MAYBE_SECRET = /^((?:0x)?[0-9a-fA-F]{4})[0-9a-fA-F]{56}([0-9a-fA-F]{4})$/

/** Text that may go to a terminal: what moves the cursor or turns the direction of writing is spelled out. */
export const printable = (text: string): string =>
  text.replace(STEERING, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)

/** A message of ours, whose further lines begin with two spaces: none that somebody gave can pass for another message. */
export const printableLines = (message: string): string => message.split("\n  ").map(printable).join("\n  ")

/** A text that somebody gave, as a message shows it: in quotes, short, printable. */
export function quoted(given: string): string {
  const text = given.replace(MAYBE_SECRET, "$1…$2")
  const shown = [...text].length > MAX_QUOTED ? `${[...text].slice(0, MAX_QUOTED).join("")}…` : text
  return `"${printable(shown)}"`
}

/** Of a text these mean nothing to a shell. */
const PLAIN = /^[A-Za-z0-9_./:=@%+,-]+$/

/** A word of a command that a person may copy into a POSIX shell: quoted where the shell would read something else. */
export const shellWord = (text: string): string =>
  PLAIN.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`
