import assert from "node:assert/strict"
import { readFileSync } from "node:fs"

const dockerfile = readFileSync("attester/Dockerfile", "utf8")

/** A workspace member and the members that it needs. */
function membersFor(member: string): readonly string[] {
  const { dependencies } = JSON.parse(readFileSync(`${member}/package.json`, "utf8")) as Record<string, object>
  const ours = Object.keys(dependencies ?? {}).filter((name) => name.startsWith("@wattest/"))
  return [...new Set([member, ...ours.flatMap((name) => membersFor(name.slice("@wattest/".length)))])]
}

describe("the device's image", () => {
  it("holds the attester and every member that it needs", () => {
    const [, packed = ""] = /scripts\/pack\.ts \/tarballs (.*)$/m.exec(dockerfile) ?? []
    assert.deepEqual(packed.split(" ").sort(), [...membersFor("attester")].sort())
  })

  it("starts the attester's program, and not as root", () => {
    const { bin } = JSON.parse(readFileSync("attester/package.json", "utf8")) as { bin: Record<string, string> }
    const [name = ""] = Object.keys(bin)
    assert.match(dockerfile, new RegExp(`^ENTRYPOINT \\["/opt/wattest/node_modules/\\.bin/${name}"\\]$`, "m"))
    const [last = ""] = dockerfile.split(/^FROM /m).slice(-1)
    assert.match(last, /^USER node$/m)
    assert.ok(last.indexOf("USER node") < last.indexOf("ENTRYPOINT"))
  })
})
