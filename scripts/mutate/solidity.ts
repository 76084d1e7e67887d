import { createRequire } from "node:module"
import type { Edit } from "./mutant.ts"
import { OPERATORS } from "./operators.ts"

/** A node of solc's syntax tree. `src` is "start:length:file", counted in bytes of UTF-8. */
interface Node {
  readonly nodeType: string
  readonly src: string
  readonly [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { nodeType?: unknown }).nodeType === "string"

const childrenOf = (node: Node): readonly Node[] =>
  Object.values(node).flatMap((value) => [value].flat(2).filter(isNode))

const SWAPS: Readonly<Record<string, string>> = { ...OPERATORS, "==": "!=", "!=": "==" }

const ASSEMBLY: Readonly<Record<string, string>> = {
  lt: "gt",
  gt: "lt",
  eq: "xor",
  add: "sub",
  sub: "add",
  mul: "add",
  and: "or",
  or: "and",
  xor: "and",
  shl: "shr",
  shr: "shl",
  mulmod: "addmod",
  addmod: "mulmod",
  iszero: "not",
}

/** Parts that hold no rule of ours: names, types, prose. */
const SILENT = new Set([
  "PragmaDirective",
  "ImportDirective",
  "StructuredDocumentation",
  "ErrorDefinition",
  "EventDefinition",
])

/**
 * Edits of a contract: requirements, statements and inputs of hashes dropped, comparisons and numbers moved by one, in
 * Solidity and in assembly.
 *
 * @throws Error if solc does not parse it
 */
export function solidityEdits(file: string, text: string): readonly Edit[] {
  const at = offsets(text)
  const spanOf = ({ src }: Node) => {
    const [start = 0, length = 0] = src.split(":").map(Number)
    return { start: at(start), end: at(start + length) }
  }
  const edits: Edit[] = []
  const visit = (node: Node) => {
    if (SILENT.has(node.nodeType)) return
    const make = EDITS[node.nodeType]
    if (make !== undefined) edits.push(...make(node, spanOf, text))
    for (const child of childrenOf(node)) visit(child)
  }
  visit(treeOf(file, text))
  return edits
}

type SpanOf = (node: Node) => { readonly start: number; readonly end: number }
type Make = (node: Node, spanOf: SpanOf, text: string) => readonly Edit[]

const slice = (node: Node, spanOf: SpanOf, text: string) => {
  const { start, end } = spanOf(node)
  return text.slice(start, end)
}

function operator({ operator, leftExpression, rightExpression }: Node, spanOf: SpanOf, text: string): readonly Edit[] {
  if (typeof operator !== "string" || !isNode(leftExpression) || !isNode(rightExpression)) return []
  const { end } = spanOf(leftExpression)
  const between = text.slice(end, spanOf(rightExpression).start)
  if (operator === "&&" || operator === "||") {
    const whole = { start: spanOf(leftExpression).start, end: spanOf(rightExpression).end }
    return [leftExpression, rightExpression].map((side) => ({ ...whole, replacement: slice(side, spanOf, text) }))
  }
  const other = SWAPS[operator]
  const start = end + between.indexOf(operator)
  return other === undefined ? [] : [{ start, end: start + operator.length, replacement: other }]
}

function plusOne(node: Node, spanOf: SpanOf): readonly Edit[] {
  const { value, kind } = node
  if (kind === "bool") return [{ ...spanOf(node), replacement: value === "true" ? "false" : "true" }]
  if (kind !== "number" || typeof value !== "string" || !/^(?:0x[\da-f]+|[\d_]+)$/i.test(value)) return []
  return [{ ...spanOf(node), replacement: String(BigInt(value.replaceAll("_", "")) + 1n) }]
}

/** Every input of abi.encode and abi.encodePacked, left out of what is hashed. */
function inputs(node: Node, spanOf: SpanOf, text: string): readonly Edit[] {
  const { expression, arguments: given } = node
  if (node.nodeType !== "FunctionCall" || !isNode(expression) || !Array.isArray(given) || given.length < 2) return []
  if (!/^abi\.encode(?:Packed)?$/.test(slice(expression, spanOf, text))) return []
  return given.filter(isNode).map((input) => {
    const { start, end } = spanOf(input)
    const comma = /^\s*,\s*/.exec(text.slice(end))
    return comma === null
      ? { start: text.lastIndexOf(",", start), end, replacement: "" }
      : { start, end: end + comma[0].length, replacement: "" }
  })
}

function treeOf(file: string, text: string): Node {
  const solc: { compile(input: string): string } = createRequire(import.meta.url)("solc")
  const input = {
    language: "Solidity",
    sources: { [file]: { content: text } },
    settings: { stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } },
  }
  const { sources, errors } = JSON.parse(solc.compile(JSON.stringify(input)))
  const tree: unknown = sources?.[file]?.ast
  if (!isNode(tree)) throw new Error(`${file}: ${errors?.[0]?.formattedMessage ?? "solc gives no syntax tree"}`)
  return tree
}

/** From offsets in bytes to offsets in code units. */
function offsets(text: string): (bytes: number) => number {
  const encoded = Buffer.from(text)
  return (bytes) => (encoded.length === text.length ? bytes : encoded.subarray(0, bytes).toString().length)
}

const EDITS: Readonly<Record<string, Make>> = {
  BinaryOperation: operator,
  UnaryOperation: (node, spanOf, text) =>
    node.operator === "!" && isNode(node.subExpression)
      ? [{ ...spanOf(node), replacement: slice(node.subExpression, spanOf, text) }]
      : [],
  IfStatement: ({ condition }, spanOf) => (isNode(condition) ? [{ ...spanOf(condition), replacement: "false" }] : []),
  Conditional: (node, spanOf, text) =>
    [node.trueExpression, node.falseExpression]
      .filter(isNode)
      .map((side) => ({ ...spanOf(node), replacement: `(${slice(side, spanOf, text)})` })),
  Literal: (node, spanOf) => plusOne(node, spanOf),
  YulLiteral: (node, spanOf) => plusOne(node, spanOf),
  ExpressionStatement: (node, spanOf, text) => [{ ...spanOf(node), replacement: "" }, ...inputs(node, spanOf, text)],
  EmitStatement: (node, spanOf) => [{ ...spanOf(node), replacement: "" }],
  YulExpressionStatement: (node, spanOf) => [{ ...spanOf(node), replacement: "" }],
  YulAssignment: (node, spanOf) => [{ ...spanOf(node), replacement: "" }],
  YulFunctionCall: ({ functionName }, spanOf) => {
    const other =
      isNode(functionName) && typeof functionName.name === "string" ? ASSEMBLY[functionName.name] : undefined
    return isNode(functionName) && other !== undefined ? [{ ...spanOf(functionName), replacement: other }] : []
  },
  FunctionCall: inputs,
}
