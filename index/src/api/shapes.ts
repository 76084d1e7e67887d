import { MAX_TEXT } from "./asked.ts"
import { MAX_PAGE, PAGE } from "./list.ts"
import type { Question } from "./questions.ts"
import { type Column, type ColumnKind, RESOURCE_NAMES, type Resource, resourceOf } from "./resources.ts"

/** JSON Schema of a value, as requests are validated and answers described by it. */
type Schema = { readonly [keyword: string]: unknown }

export const SHAPES: { readonly [kind in ColumnKind]: Schema } = {
  hash: { type: "string", pattern: "^0x[0-9a-f]{64}$" },
  address: { type: "string", pattern: "^0x[0-9a-f]{40}$" },
  text: { type: "string", maxLength: MAX_TEXT },
  count: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  time: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  flag: { type: "boolean" },
  list: { type: "array", items: { type: "string" } },
  amount: { type: "string", pattern: "^[0-9]{1,25}$" },
}

const unitOf = ({ kind }: Column) => (kind === "time" ? " (Unix seconds)" : "")

const valueSchema = ({ kind, values }: Column): Schema =>
  values === undefined ? SHAPES[kind] : { type: "string", enum: values }

const columnSchema = (column: Column): Schema => ({
  ...valueSchema(column),
  ...(column.nullable === true && { nullable: true }),
  description: `${column.about}${unitOf(column)}`,
})

const FORMAT: Schema = {
  enum: ["json", "csv", "ndjson"],
  default: "json",
  description: "csv and ndjson give all rows",
}

/** The questions that a list takes. */
export function querySchema({ columns, within }: Resource): Schema {
  const beside = within === undefined ? "" : `, with ${within.join(" or ")}`
  const asked = Object.entries(columns).flatMap(([name, column]): (readonly [string, Schema])[] => {
    const schema = { ...valueSchema(column), description: `${column.about}${unitOf(column)}` }
    if (column.ask === "one") return [[name, schema]]
    if (column.ask !== "range") return []
    return [
      [`${name}From`, { ...schema, description: `${schema.description}: this or more${beside}` }],
      [`${name}To`, { ...schema, description: `${schema.description}: this or less${beside}` }],
    ]
  })
  return {
    type: "object",
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(asked),
      limit: { type: "integer", minimum: 1, maximum: MAX_PAGE, default: PAGE, description: "rows of a page" },
      after: { type: "string", maxLength: 512, description: "the page before's next" },
      format: FORMAT,
    },
  }
}

/** What a list that is worked out takes. */
export const questionSchema = ({ asks, required }: Question): Schema => ({
  type: "object",
  additionalProperties: false,
  required,
  properties: {
    ...Object.fromEntries(Object.entries(asks).map(([name, column]) => [name, columnSchema(column)])),
    format: FORMAT,
  },
})

export const itemSchema = ({ columns }: Pick<Resource, "columns">): Schema => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(columns),
  properties: Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, columnSchema(column)])),
})

const { hash, time, count } = SHAPES

/** The final block that an answer stands on. */
export const BLOCK = {
  type: "object",
  required: ["number", "hash", "time"],
  properties: { number: count, hash, time },
} as const

const CHECK: Schema = {
  type: "string",
  description:
    "where a row's proof is, its columns in braces (RFC 6570): a document that `wattest verify` judges offline, or the list whose rows have one",
}

export const pageSchema = (resource: Pick<Resource, "columns">): Schema => ({
  type: "object",
  required: ["block", "check", "items", "next"],
  properties: {
    block: BLOCK,
    check: CHECK,
    items: { type: "array", items: itemSchema(resource) },
    next: { type: "string", nullable: true, description: "asks for the next page as after" },
  },
})

export const itemAnswer = (item: Schema): Schema => ({
  type: "object",
  required: ["block", "check", "item"],
  properties: { block: BLOCK, check: CHECK, item },
})

export const keySchema = ({ columns }: Resource, key: string): Schema => SHAPES[columns[key]?.kind ?? "text"]

export const ERROR: Schema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: { code: { type: "string" }, message: { type: "string" } },
    },
  },
}

/** What every route may answer instead. */
export const ERRORS = {
  304: { type: "null", description: "as the caller has it" },
  ...{ 400: ERROR, 404: ERROR, 409: ERROR, 429: ERROR, 500: ERROR, 503: ERROR },
}

export const STATUS: Schema = {
  type: "object",
  required: ["chainId", "registry", "claims", "block", "tip", "error", "endpoints"],
  properties: {
    chainId: count,
    registry: SHAPES.address,
    claims: { ...SHAPES.address, nullable: true },
    block: { ...BLOCK, nullable: true },
    tip: { ...count, nullable: true },
    error: { type: "string", nullable: true, description: "why nothing newer is taken" },
    endpoints: {
      type: "array",
      items: {
        type: "object",
        required: ["place", "reason"],
        properties: { place: count, reason: { type: "string" } },
      },
      description: "endpoints that said what the chain does not bear out, or lag, at the last look",
    },
  },
}

/** Every list with its resource. */
export const LISTS = RESOURCE_NAMES.map((name) => ({ name, resource: resourceOf(name) }))
