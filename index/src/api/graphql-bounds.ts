import { type ASTVisitor, GraphQLError, Kind, type SelectionSetNode, type ValidationContext } from "graphql"
import { QueryRefused } from "./asked.ts"
import { MAX_PAGE } from "./list.ts"

/** Words and signs of a question's text. */
export const MAX_TOKENS = 2000
/** The question by which tools read a whole schema is fifteen deep. */
const MAX_DEPTH = 16
/** Fields of a question, fragments written out. */
const MAX_FIELDS = 1000
/** Rows of all its lists together. */
const MAX_ROWS = 5 * MAX_PAGE

type Size = { readonly depth: number; readonly fields: number }
const ENDLESS: Size = { depth: Number.POSITIVE_INFINITY, fields: Number.POSITIVE_INFINITY }

/** How deep selections go and how many fields they have. A fragment is measured once, however often it is spread. */
function measure(context: ValidationContext): (set: SelectionSetNode) => Size {
  const fragments = new Map<string, Size>()
  const sizeOfFragment = (name: string): Size => {
    const known = fragments.get(name)
    if (known !== undefined) return known
    // One that leads back to itself meets this mark.
    fragments.set(name, ENDLESS)
    const fragment = context.getFragment(name)
    const size = fragment ? sizeOf(fragment.selectionSet) : { depth: 0, fields: 0 }
    fragments.set(name, size)
    return size
  }
  const sizeOf = ({ selections }: SelectionSetNode): Size =>
    selections
      .map((selection): Size => {
        if (selection.kind === Kind.FRAGMENT_SPREAD) return sizeOfFragment(selection.name.value)
        if (selection.kind === Kind.INLINE_FRAGMENT) return sizeOf(selection.selectionSet)
        const inner = selection.selectionSet ? sizeOf(selection.selectionSet) : { depth: 0, fields: 0 }
        return { depth: inner.depth + 1, fields: inner.fields + 1 }
      })
      .reduce((all, one) => ({ depth: Math.max(all.depth, one.depth), fields: all.fields + one.fields }), {
        ...{ depth: 0, fields: 0 },
      })
  return sizeOf
}

/** A rule that refuses a question that is too deep or has too many fields, before anything of it is answered. */
export function withinBounds(context: ValidationContext): ASTVisitor {
  const sizeOf = measure(context)
  return {
    OperationDefinition(node) {
      const { depth, fields } = sizeOf(node.selectionSet)
      if (depth > MAX_DEPTH) context.reportError(new GraphQLError(`the question is deeper than ${MAX_DEPTH}`))
      if (fields > MAX_FIELDS) context.reportError(new GraphQLError(`the question has more than ${MAX_FIELDS} fields`))
    },
  }
}

/** The rows that a question may still ask for. */
export type Rows = {
  /** Takes so many, a page at most. Throws QueryRefused where fewer are left. */
  take(limit: number): number
}

export function createRows(): Rows {
  let left = MAX_ROWS
  return {
    take(limit) {
      const wanted = Math.max(1, Math.min(limit, MAX_PAGE))
      left -= wanted
      if (left < 0) throw new QueryRefused(`a question has ${MAX_ROWS} rows at most; ask for fewer with limit`)
      return wanted
    },
  }
}
