import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { parse } from "yaml"
import { readSettings } from "../../relayer/src/cli/environment.ts"

type Service = {
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly { readonly source: string; readonly target: string }[]
}
type Compose = {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

const read = (name: string) => readFileSync(new URL(`../../relayer/${name}`, import.meta.url), "utf8")

/** What an operator sets before `docker compose up`. */
const OPERATOR: Readonly<Record<string, string>> = {
  RPC_URLS: "https://one.example.org,https://two.example.org",
  CHAIN_ID: "137",
  REGISTRY: `0x${"ab".repeat(20)}`,
  POSTGRES_PASSWORD: "secret",
}

/** A value with every `${NAME:?message}` replaced; what compose does to strings, after it has parsed the file. */
function interpolate(value: unknown, operator: typeof OPERATOR): unknown {
  if (typeof value !== "string") return value
  return value.replace(/\$\{(\w+):\?([^}]*)\}/g, (_, name: string, message: string) => {
    assert.notEqual(message, "", `${name} has no message for whoever forgot it`)
    const found = operator[name]
    if (found === undefined) throw new Error(`${name}: ${message}`)
    return found
  })
}

const compose = (operator = OPERATOR): Compose =>
  parse(read("compose.yaml"), (_, value) => interpolate(value, operator), { merge: true })
const relayersOf = ({ services }: Compose) => Object.entries(services).filter(([name]) => name !== "postgres")

/** `ENV A=b C=d` of the image. */
const imageEnvironment = Object.fromEntries(
  [...read("Dockerfile").matchAll(/^ENV (.+)$/gm)].flatMap(([, line = ""]) =>
    line.split(" ").map((pair) => pair.split("=") as [string, string]),
  ),
)

/** A workspace member and the members that it needs. */
function membersFor(member: string): readonly string[] {
  const { dependencies } = JSON.parse(readFileSync(`${member}/package.json`, "utf8")) as Record<string, object>
  const ours = Object.keys(dependencies ?? {}).filter((name) => name.startsWith("@wattest/"))
  return [...new Set([member, ...ours.flatMap((name) => membersFor(name.slice("@wattest/".length)))])]
}

describe("the image and the compose file", () => {
  it("hold the relayer and every member that it needs", () => {
    const [, packed = ""] = /scripts\/pack\.ts \/tarballs (.*)$/m.exec(read("Dockerfile")) ?? []
    assert.deepEqual(packed.split(" ").sort(), [...membersFor("relayer")].sort())
  })

  it("give every relayer settings that it takes", () => {
    const relayers = relayersOf(compose())
    assert.equal(relayers.length, 2)
    for (const [, { environment }] of relayers) {
      const settings = readSettings({ ...imageEnvironment, ...environment })
      assert.equal(settings.WATTEST_RELAY_HOST, "0.0.0.0")
      assert.equal(settings.DATABASE_URL, "postgres://wattest:secret@postgres/wattest")
    }
  })

  it("name what is missing or malformed", () => {
    const { REGISTRY: _, ...incomplete } = OPERATOR
    assert.throws(() => compose(incomplete), /REGISTRY: the address of the registry/)
    const [, { environment = {} } = {}] = relayersOf(compose({ ...OPERATOR, CHAIN_ID: "polygon" }))[0] ?? []
    assert.throws(() => readSettings({ ...imageEnvironment, ...environment }), /WATTEST_RELAY_CHAIN_ID: expected/)
  })

  it("give each relayer an account of its own, at the place where its settings look", () => {
    const file = compose()
    const accounts = relayersOf(file).map(([, { environment = {}, secrets = [] }]) => {
      const fileAt = (path = "") =>
        file.secrets[secrets.find(({ target }) => `/run/secrets/${target}` === path)?.source ?? ""]
      assert.ok(fileAt(environment.WATTEST_RELAY_KEY_PASSWORD_FILE))
      return fileAt(environment.WATTEST_RELAY_KEY)?.file
    })
    assert.deepEqual(accounts, ["secrets/keystore-one.json", "secrets/keystore-two.json"])
  })
})
