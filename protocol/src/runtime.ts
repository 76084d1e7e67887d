/** The least Node.js that installed programs run under. `engines` of every package and the README say the same. */
export const LEAST_NODE = "22.13"

/**
 * Ends the program with one sentence under an older Node.js, before it meets something that is not there. A program calls it
 * before it imports anything else, so this file uses what every Node.js with modules has.
 */
export function requireNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const [leastMajor = 0, leastMinor = 0] = LEAST_NODE.split(".").map(Number)
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return
  process.stderr.write(
    `error: this needs Node.js ${LEAST_NODE} or later, and runs under ${version}\nhint: install a later one from your system's packages or nodejs.org, and run the same command again\n`,
  )
  process.exit(2)
}
