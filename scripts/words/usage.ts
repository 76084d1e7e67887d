/** Whether these words ask for the usage. */
export const asksHelp = (words: readonly string[]): boolean => words.includes("--help") || words.includes("-h")

/** For a script that takes no words: shows its usage where it is asked (exit 0), refuses any other word (exit 2). */
export function takeNoWords(usage: string): void {
  const words = process.argv.slice(2)
  if (words.length === 0) return
  if (asksHelp(words)) {
    console.log(usage)
    process.exit(0)
  }
  console.error(`error: it takes no words, and was given "${words.join(" ")}"\n${usage}`)
  process.exit(2)
}
