import { parseSync } from "vite"
import type { Edit } from "./mutant.ts"
import { OPERATORS } from "./operators.ts"

/** A node of ESTree with TypeScript's nodes, as oxc gives it: a type, offsets, and children by name. */
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"

const childrenOf = (node: Node): readonly Node[] =>
  Object.entries(node).flatMap(([name, value]) => (name === "typeAnnotation" ? [] : [value].flat().filter(isNode)))

/** TypeScript's nodes that hold an expression; all others are types, which no test can notice. */
const HOLD_EXPRESSIONS = new Set(["TSAsExpression", "TSNonNullExpression", "TSSatisfiesExpression"])

const isSilent = ({ type }: Node) =>
  (type.startsWith("TS") && !HOLD_EXPRESSIONS.has(type)) ||
  type === "ImportDeclaration" ||
  type === "ExportAllDeclaration"

const SWAPS: Readonly<Record<string, string>> = { ...OPERATORS, "===": "!==", "!==": "===" }

const METHODS = new Map([
  ["every", "some"],
  ["some", "every"],
  ["min", "max"],
  ["max", "min"],
])

/** Calls on a chain that can be left out: a.filter(f) becomes a, and one input of a hash is missing. */
const LINKS = new Set(["filter", "sort", "toSorted", "reverse", "toReversed", "slice", "trim", "toLowerCase", "update"])

/** Functions whose every argument is part of a digest or of what is signed. */
const GATHERS = /hash|keccak|sha\d|poseidon|concat|digest|encode|join/i

/** Functions whose number is an amount that somebody relies on: so many random bytes, the first so many of a list. */
const COUNTS = /random|slice|subarray|take|limit/i

/** Names whose numbers say how long to wait: no test can notice one more millisecond. */
const WAITS = /(?:ms|millis|timeout|delay|pause|backoff|interval|debounce)$/i

/** Statements that speak to people: what they say is no rule. */
const SPEAKS = /^(?:console|log|logger|progress|tell|say|note|warn|debug|info|hint|report)$/i

/**
 * Edits of a TypeScript file: bounds moved by one, checks, statements, elements and inputs dropped, branches fixed.
 * Types, messages of errors and numbers that say how long to wait are left alone.
 *
 * @throws Error if the file does not parse
 */
export function typescriptEdits(file: string, text: string): readonly Edit[] {
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const edits: Edit[] = []
  const visit = (node: Node) => {
    if (isSilent(node) || node.type === "ThrowStatement" || isWait(node)) return
    edits.push(...(EDITS[node.type]?.(node, text) ?? []))
    for (const child of childrenOf(node)) visit(child)
  }
  if (isNode(program)) visit(program)
  return edits
}

function isWait({ type, id, key, value, init }: Node): boolean {
  const name = type === "VariableDeclarator" ? nameOf(id) : type === "Property" ? nameOf(key) : ""
  const held = type === "VariableDeclarator" ? init : value
  return WAITS.test(name) && isNode(held) && (held.type === "Literal" || held.type === "BinaryExpression")
}

const nameOf = (node: unknown) => (isNode(node) && typeof node.name === "string" ? node.name : "")

const over = ({ start, end }: Node, replacement: string): Edit => ({ start, end, replacement })

const source = (node: unknown, text: string) => (isNode(node) ? text.slice(node.start, node.end) : "")

const nodesOf = (value: unknown): readonly Node[] => (Array.isArray(value) ? value.filter(isNode) : [])

const isText = (node: unknown): boolean =>
  isNode(node) &&
  (node.type === "TemplateLiteral" ||
    (node.type === "Literal" && typeof node.value === "string") ||
    (node.type === "BinaryExpression" && (isText(node.left) || isText(node.right))))

function operator({ operator, left, right }: Node, text: string): readonly Edit[] {
  if (!isNode(left) || !isNode(right) || typeof operator !== "string") return []
  const bounds = /[<>=]/.test(operator) && !/<<|>>/.test(operator) ? [left, right].flatMap(number) : []
  const other = SWAPS[operator]
  if (other === undefined || (operator === "+" && (isText(left) || isText(right)))) return []
  const start = left.end + text.slice(left.end, right.start).indexOf(operator)
  return [{ start, end: start + operator.length, replacement: other }, ...bounds]
}

/** What a constant, a field or a parameter holds where nothing else is said. */
function held({ type, init, value, right }: Node): readonly Edit[] {
  const content = type === "VariableDeclarator" ? init : type === "Property" ? value : right
  return isNode(content) && content.type === "Literal" ? number(content) : []
}

/** Each side of `a && b` and `a || b` alone: the other is a condition that nobody asks for. */
function eitherSide(node: Node, text: string): readonly Edit[] {
  if (node.operator === "??") return []
  return [node.left, node.right].map((side) => over(node, `(${source(side, text)})`))
}

const negation = (node: Node, text: string): readonly Edit[] =>
  node.operator === "!" ? [over(node, `(${source(node.argument, text)})`)] : []

function droppedBranch({ test, alternate }: Node): readonly Edit[] {
  if (!isNode(test)) return []
  return isNode(alternate) ? [over(test, "false"), over(test, "true")] : [over(test, "false")]
}

const eitherBranch = (node: Node, text: string): readonly Edit[] =>
  [node.consequent, node.alternate].map((branch) => over(node, `(${source(branch, text)})`))

const truth = (node: Node): readonly Edit[] =>
  typeof node.value === "boolean" ? [over(node, String(!node.value))] : []

/** One more, where a number is a bound, a constant, a default or an amount: elsewhere it is an index or a size of a type. */
function number(node: Node): readonly Edit[] {
  const { value, bigint } = node
  if (typeof bigint === "string") return [over(node, `${BigInt(bigint) + 1n}n`)]
  return typeof value === "number" && Number.isSafeInteger(value) ? [over(node, String(value + 1))] : []
}

function droppedStatement(node: Node): readonly Edit[] {
  const { expression } = node
  if (!isNode(expression) || expression.type === "Literal") return []
  const called = expression.type === "AwaitExpression" ? expression.argument : expression
  return isNode(called) && called.type === "CallExpression" && SPEAKS.test(rootOf(called.callee))
    ? []
    : [over(node, "void 0")]
}

/** The first name of a.b.c(), and the last: whoever speaks is one of them. */
function rootOf(callee: unknown): string {
  if (!isNode(callee)) return ""
  return callee.type === "MemberExpression" ? nameOf(callee.object) || nameOf(callee.property) : nameOf(callee)
}

/** Rows of tables are data; what is dropped here is an element that the code puts in. */
function droppedElement({ elements }: Node, text: string): readonly Edit[] {
  const parts = nodesOf(elements)
  if (parts.length < 2 || parts.length > 12 || parts.some(({ type }) => type === "ObjectExpression")) return []
  return parts.filter(({ type }) => type !== "Literal").map((part) => dropped(part, text))
}

/** A part of a list together with the comma that follows it. */
function dropped(part: Node, text: string): Edit {
  const comma = /^\s*,\s*/.exec(text.slice(part.end))
  return { start: part.start, end: part.end + (comma?.[0].length ?? 0), replacement: "" }
}

function call(node: Node, text: string): readonly Edit[] {
  const { callee } = node
  if (!isNode(callee)) return []
  const edits: Edit[] = []
  const inputs = nodesOf(node.arguments)
  const method = callee.type === "MemberExpression" ? callee.property : null
  const name = nameOf(method ?? callee)
  const other = METHODS.get(name)
  if (isNode(method) && other !== undefined) edits.push(over(method, other))
  if (COUNTS.test(name)) edits.push(...inputs.flatMap(number))
  if (method !== null && LINKS.has(name)) edits.push(over(node, source(callee.object, text)))
  if (GATHERS.test(name) && inputs.length > 1) edits.push(...inputs.map((input) => dropped(input, text)))
  return edits
}

const EDITS: Readonly<Record<string, (node: Node, text: string) => readonly Edit[]>> = {
  BinaryExpression: operator,
  LogicalExpression: eitherSide,
  UnaryExpression: negation,
  IfStatement: droppedBranch,
  ConditionalExpression: eitherBranch,
  Literal: truth,
  VariableDeclarator: held,
  Property: held,
  AssignmentPattern: held,
  ExpressionStatement: droppedStatement,
  ArrayExpression: droppedElement,
  CallExpression: call,
}
