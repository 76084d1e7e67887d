import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { packMember } from "../../pack/member.ts"

/** Members that a verifier needs, built and laid out as npm would install them; their dependencies are ours. */
export async function installVerifier(home: string): Promise<void> {
  const scope = join(home, "node_modules/@wattest")
  mkdirSync(scope, { recursive: true })
  symlinkSync(resolve("node_modules/@noble"), join(home, "node_modules/@noble"))
  for (const member of ["protocol", "verifier"]) {
    const tarball = await packMember(member, home)
    const folder = join(scope, member)
    mkdirSync(folder)
    execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", folder])
  }
}
