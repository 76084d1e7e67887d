import { MEMBERS, packMember } from "./pack/member.ts"
import { asksHelp } from "./words/usage.ts"

const USAGE = `usage: npm run pack -- [FOLDER [MEMBER…]]

A tarball of each workspace member that users install, or of those named, in FOLDER (build/packages).
Members: ${MEMBERS.join(", ")}`

const [folder = "build/packages", ...named] = process.argv.slice(2)
if (asksHelp(process.argv)) {
  console.log(USAGE)
  process.exit(0)
}
if (folder.startsWith("-")) {
  console.error(`error: no option ${folder}\n${USAGE}`)
  process.exit(2)
}
const unknown = named.filter((name) => !MEMBERS.some((member) => member === name))
if (unknown.length > 0) {
  console.error(`error: no member ${unknown.join(", ")}\nhint: name some of ${MEMBERS.join(", ")}`)
  process.exit(2)
}
for (const member of named.length > 0 ? named : MEMBERS) console.log(await packMember(member, folder))
