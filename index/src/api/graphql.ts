import {
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
} from "graphql"
import { createHandler } from "graphql-http/lib/use/fastify"
import type { Db } from "../store/open.ts"
import { blockOf } from "../store/standing.ts"
import { type Asked, list, MAX_PAGE, PAGE } from "./list.ts"
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

/** A list's page, by the same resolver as the route's. */
function fieldOf(db: Db, name: ResourceName, { about, columns }: Resource): GraphQLFieldConfig<unknown, unknown> {
  const fields = Object.entries(columns).map(([column, spec]) => [
    column,
    { type: required(SCALARS[spec.kind], spec), description: spec.about },
  ])
  const item = new GraphQLObjectType({ name: typeName(name), description: about, fields: Object.fromEntries(fields) })
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
    resolve: (_source, { limit = PAGE, after, ...asked }: Asked) =>
      list(db, name, {
        asked,
        limit: Math.max(1, Math.min(Number(limit), MAX_PAGE)),
        after: after as string | undefined,
      }),
  }
}

/** The lists of the index as a GraphQL schema, made from the same table as its routes. */
export function graphqlSchema(db: Db): GraphQLSchema {
  const lists = LISTS.map(({ name, resource }) => [name, fieldOf(db, name, resource)])
  const block = { type: BLOCK, resolve: () => blockOf(db) }
  const query = new GraphQLObjectType({ name: "Query", fields: { block, ...Object.fromEntries(lists) } })
  return new GraphQLSchema({ query })
}

export const graphqlHandler = (db: Db) => createHandler({ schema: graphqlSchema(db) })
