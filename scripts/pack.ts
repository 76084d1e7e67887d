import { MEMBERS, packMember } from "./pack/member.ts"

// `npm run pack -- [FOLDER [MEMBER…]]`: a tarball of each workspace member that users install, or of those named.
const [folder = "build/packages", ...named] = process.argv.slice(2)
const unknown = named.filter((name) => !MEMBERS.some((member) => member === name))
if (unknown.length > 0) {
  console.error(`error: no member ${unknown.join(", ")}\nhint: name some of ${MEMBERS.join(", ")}`)
  process.exit(2)
}
for (const member of named.length > 0 ? named : MEMBERS) console.log(await packMember(member, folder))
