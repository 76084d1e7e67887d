import { mkdirSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { createServer, openIndex } from "@wattest/index"
import { typesOf } from "@wattest/testkit/openapi/types"
import { openApi } from "../../relayer/src/http/openapi.ts"

/** Writes both APIs' descriptions, and the client that is made of the index's. */

type Described = {
  readonly paths: { readonly [path: string]: { readonly get?: { readonly responses: Responses } } }
}
type Responses = { readonly 200?: { readonly content?: { readonly "application/json"?: { readonly schema: object } } } }

/** The index's description as it serves it; nothing is followed. */
export async function indexApi(): Promise<Described> {
  const db = await openIndex({ file: ":memory:" })
  const contracts = { registry: `0x${"00".repeat(20)}`, claims: null } as const
  const status = () => ({ tip: null, error: null, endpoints: [] })
  const app = await createServer({ db, chainId: 1, contracts, status, perMinute: 1, version: "1" })
  await app.ready()
  const described = JSON.parse(JSON.stringify(app.swagger()))
  await app.close()
  await db.kysely.destroy()
  return described
}

/** Words are for people who read the description; what a newer index says beside is left alone. */
const wordless = (_name: string, value: unknown) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  const isLeft = ([name, is]: [string, unknown]) =>
    (name === "description" && typeof is === "string") || (name === "additionalProperties" && is === false)
  return Object.fromEntries(Object.entries(value).filter((member) => !isLeft(member)))
}

/** Refusals are read by one rule, whatever the question: types of answers alone. */
const answersAlone = ({ paths, ...rest }: Described) => ({
  ...rest,
  paths: Object.fromEntries(
    Object.entries(paths).map(([path, { get, ...others }]) => [
      path,
      get === undefined ? others : { get: { ...get, responses: { 200: get.responses[200] } } },
    ]),
  ),
})

/** Where the client has the type of a form. */
const FORM = "../form.ts"

function answersOf({ paths }: Described): string {
  const forms = Object.entries(paths).flatMap(([path, { get }]) => {
    const schema = get?.responses[200]?.content?.["application/json"]?.schema
    return schema === undefined ? [] : [[path, schema] as const]
  })
  return `import type { Form } from "${FORM}"

/** The form of each answer of an index, by its path. */
export const ANSWERS: { readonly [path: string]: Form } = ${JSON.stringify(Object.fromEntries(forms), wordless)}
`
}

/** File to content. */
export async function apiFiles(): Promise<{ readonly [file: string]: string }> {
  const index = await indexApi()
  return {
    "docs/schemas/index.openapi.json": `${JSON.stringify(index, null, 1)}\n`,
    "docs/schemas/relayer.openapi.json": `${JSON.stringify(await openApi(), null, 1)}\n`,
    "client/src/generated/api.ts": await typesOf(answersAlone(index)),
    "client/src/generated/answers.ts": answersOf(index),
  }
}

if (import.meta.main)
  for (const [file, content] of Object.entries(await apiFiles())) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
