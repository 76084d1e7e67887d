import { MEMBERS, packMember } from "./pack/member.ts"

// `node scripts/pack.ts [FOLDER]`: a tarball of each workspace member that users install.
const folder = process.argv[2] ?? "build/packages"
for (const member of MEMBERS) console.log(await packMember(member, folder))
