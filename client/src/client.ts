import { ask, malformed, type Way } from "./ask.ts"
import { differenceFrom } from "./form.ts"
import { ANSWERS } from "./generated/answers.ts"
import type { paths } from "./generated/api.ts"

type AnswerOf<P extends keyof paths> = paths[P] extends {
  readonly get: { readonly responses: { readonly 200: { content: { readonly "application/json": infer A } } } }
}
  ? A
  : never

type QuestionOf<P extends keyof paths> = paths[P] extends {
  readonly get: { readonly parameters: { readonly query?: infer Q } }
}
  ? NonNullable<Q>
  : never

/** Names of the lists that an index serves. */
export type ListName = {
  [P in keyof paths]: P extends `/v1/${infer Name}`
    ? AnswerOf<P> extends { readonly items: readonly unknown[] }
      ? Name
      : never
    : never
}[keyof paths]

/** Names of the lists whose rows have an address of their own. */
export type NamedList = {
  [P in keyof paths]: P extends `/v1/${infer Name}/{${string}}`
    ? AnswerOf<P> extends { readonly item: unknown }
      ? Name
      : never
    : never
}[keyof paths] &
  ListName

/** A row of a list. */
export type Row<N extends ListName> = AnswerOf<`/v1/${N}`> extends { readonly items: readonly (infer R)[] } ? R : never
/** What the rows of a list are asked for: values by column, or by column and `From` or `To`, both within. */
export type Question<N extends ListName> = Omit<QuestionOf<`/v1/${N}`>, "limit" | "after" | "format">
/** The final block that an answer stands on. */
export type Block = AnswerOf<"/v1/operators">["block"]
export type Page<N extends ListName> = {
  readonly block: Block
  /** How to check the rows without believing the index, in words. */
  readonly check: string
  readonly rows: readonly Row<N>[]
}
export type Status = AnswerOf<"/v1/status">

export type PageOptions = {
  /** Rows of a page, 1 to 1000; 1000 unless given. */
  readonly limit?: number
}

/** Reads one index. What it says has the form of its description, and is not thereby true: see docs/client.md. */
export type IndexClient = {
  /** What the index follows, how far, and what is wrong. */
  status(): Promise<Status>
  /** The pages of a list, each of one block; a list that is long may be of several. */
  pages<N extends ListName>(name: N, question?: Question<N>, options?: PageOptions): AsyncGenerator<Page<N>>
  /** The rows of a list, asked for a page at a time as they are taken. */
  rows<N extends ListName>(name: N, question?: Question<N>, options?: PageOptions): AsyncGenerator<Row<N>>
  /** One row by its name; null: the index has none. */
  find<N extends NamedList>(name: N, key: string): Promise<Row<N> | null>
}

export const MAX_PAGE = 1000

type ListAnswer<N extends ListName> = {
  readonly block: Block
  readonly check: string
  readonly items: readonly Row<N>[]
  readonly next: string | null
}

/** A client of the index at a URL. Its questions throw an {@link IndexFailure}. */
export function createIndexClient(way: Way): IndexClient {
  async function* pages<N extends ListName>(name: N, question?: Question<N>, { limit = MAX_PAGE }: PageOptions = {}) {
    const seen = new Set<string>()
    for (let after: string | null = null; ; ) {
      const query = queryOf({ ...question, limit, ...(after !== null && { after }) })
      const page: ListAnswer<N> = await existing(way, `/v1/${name}`, `/v1/${name}?${query}`)
      const { block, check, items: rows, next } = page
      yield { block, check, rows }
      if (next === null) return
      // A list that leads back to where it was would never end.
      if (rows.length === 0 || seen.has(next)) throw malformed(way, `its list of ${name} does not go on`)
      seen.add(next)
      after = next
    }
  }

  return {
    pages,
    status: () => existing<Status>(way, "/v1/status"),
    async *rows(name, question, options) {
      for await (const page of pages(name, question, options)) yield* page.rows
    },
    async find<N extends NamedList>(name: N, key: string) {
      const template = Object.keys(ANSWERS).find((path) => path.startsWith(`/v1/${name}/{`)) ?? ""
      const answer = await answered<{ readonly item: Row<N> }>(way, template, `/v1/${name}/${encodeURIComponent(key)}`)
      return answer === null ? null : answer.item
    },
  }
}

/** An answer in the form that the description gives to `template`; null: there is none of that name. */
async function answered<A>(way: Way, template: string, path: string): Promise<A | null> {
  const answer = await ask(way, path)
  if (answer === null) return null
  if (isAnswer<A>(template, answer)) return answer
  throw malformed(way, `${template} is answered in another form: ${differenceFrom(ANSWERS[template] ?? {}, answer)}`)
}

async function existing<A>(way: Way, template: string, path = template): Promise<A> {
  const answer = await answered<A>(way, template, path)
  if (answer === null) throw malformed(way, `it has no ${template}`)
  return answer
}

/** Types and forms are made of one description: what has the form has the type. */
const isAnswer = <A>(template: string, value: unknown): value is A => {
  const form = ANSWERS[template]
  return form !== undefined && differenceFrom(form, value) === null
}

function queryOf(question: { readonly [name: string]: unknown }): string {
  const asked = Object.entries(question).filter(([, value]) => value !== undefined)
  return new URLSearchParams(asked.map(([name, value]) => [name, String(value)])).toString()
}
