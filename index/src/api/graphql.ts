import {
  execute,
  GraphQLBoolean,
  type GraphQLFieldConfig,
  GraphQLFloat,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  parse,
} from "graphql"
import { createHandler } from "graphql-http/lib/use/fastify"
import type { Db } from "../store/open.ts"
import type { StandingBlock } from "../store/standing.ts"
import { standing } from "./answer.ts"
import { checkAll } from "./asked.ts"
import { createRows, MAX_TOKENS, type Rows, withinBounds } from "./graphql-bounds.ts"
import { type Asked, list, MAX_PAGE, PAGE } from "./list.ts"
import { QUESTIONS, type Question } from "./questions.ts"
import type { Column, ColumnKind, Resource, ResourceName } from "./resources.ts"
import { LISTS } from "./shapes.ts"

/** Counts and times pass GraphQL's 32-bit integers: they are floats there, exact up to 2^53. */
const SCALARS: { readonly [kind in ColumnKind]: GraphQLScalarType | GraphQLList<GraphQLScalarType> } = {
  hash: GraphQLString,
  address: GraphQLString,
  text: GraphQLString,
  amount: GraphQLString,
  count: GraphQLFloat,
  time: GraphQLFloat,
  flag: GraphQLBoolean,
  list: new GraphQLList(GraphQLString),
}

const required = (type: GraphQLOutputType, { nullable }: Pick<Column, "nullable">) =>
  nullable === true ? type : new GraphQLNonNull(type as GraphQLScalarType)

const BLOCK = new GraphQLObjectType({
  name: "Block",
  description: "The final block that an answer stands on",
  fields: { number: { type: GraphQLFloat }, hash: { type: GraphQLString }, time: { type: GraphQLFloat } },
})

const typeName = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`

const fieldsOf = (columns: Resource["columns"]) =>
  Object.fromEntries(
    Object.entries(columns).map(([column, spec]) => [
      column,
      { type: required(SCALARS[spec.kind], spec), description: spec.about },
    ]),
  )

/** A list's page, by the same resolver as the route's. */
function fieldOf(name: ResourceName, { about, columns }: Resource): GraphQLFieldConfig<unknown, Standing> {
  const item = new GraphQLObjectType({ name: typeName(name), description: about, fields: fieldsOf(columns) })
  const page = new GraphQLObjectType({
    name: `${typeName(name)}Page`,
    fields: { items: { type: new GraphQLNonNull(new GraphQLList(item)) }, next: { type: GraphQLString } },
  })
  const args = Object.entries(columns).flatMap(([column, spec]) => {
    const type = SCALARS[spec.kind]
    if (spec.ask === "one") return [[column, { type }]]
    return spec.ask === "range" ? [`${column}From`, `${column}To`].map((bound) => [bound, { type }]) : []
  })
  return {
    ...{ type: new GraphQLNonNull(page), description: about },
    args: { ...Object.fromEntries(args), limit: { type: GraphQLInt }, after: { type: GraphQLString } },
    resolve: (_source, { limit = PAGE, after, ...asked }: Asked, standing: Standing) =>
      list(standing.db, name, { asked, limit: standing.rows.take(Number(limit)), after: after as string | undefined }),
  }
}

/** A list that is worked out, by the same resolver as the route's. */
function questionField(name: string, { about, asks, required: must, columns, answer }: Question) {
  const args = Object.entries(asks).map(([ask, spec]) => {
    const type = SCALARS[spec.kind]
    return [ask, { type: must.includes(ask) ? new GraphQLNonNull(type) : type, description: spec.about }]
  })
  const item = new GraphQLObjectType({ name: typeName(name), description: about, fields: fieldsOf(columns) })
  const field: GraphQLFieldConfig<unknown, Standing> = {
    ...{ type: new GraphQLNonNull(new GraphQLList(item)), description: about, args: Object.fromEntries(args) },
    resolve: async (_source, asked: Asked, { db, block, rows }: Standing) => {
      checkAll(asks, asked)
      // However few rows come of it, it is worked out over many.
      rows.take(MAX_PAGE)
      return answer(db, asked, block)
    },
  }
  return [name, field] as const
}

/** The lists of the index as a GraphQL schema, made from the same tables as its routes. */
export function graphqlSchema(): GraphQLSchema {
  const lists = LISTS.map(({ name, resource }) => [name, fieldOf(name, resource)])
  const block = { type: BLOCK, resolve: (_source: unknown, _asked: unknown, standing: Standing) => standing.block }
  const questions = Object.entries(QUESTIONS).map(([name, question]) => questionField(name, question))
  const fields = { block, ...Object.fromEntries(lists), ...Object.fromEntries(questions) }
  return new GraphQLSchema({ query: new GraphQLObjectType({ name: "Query", fields }) })
}

/** The state of the store that a whole question stands on, and what it may still ask of it. */
type Standing = { readonly db: Db; readonly block: StandingBlock; readonly rows: Rows }

/** Answers a question from one state of the store, within bounds on its text, depth, fields and rows. */
export const graphqlHandler = (db: Db) =>
  createHandler({
    schema: graphqlSchema(),
    parse: (source, options) => parse(source, { ...options, maxTokens: MAX_TOKENS }),
    validationRules: [withinBounds],
    execute: (args) =>
      standing(db, async (at, block) =>
        execute({ ...args, contextValue: { db: at, block, rows: createRows() } satisfies Standing }),
      ),
  })
