import { Rejection } from "../rejection.ts"

/** How strictly a text is read. */
export interface JsonRules {
  /** Only the one spelling of RFC 8785; else white space, order and spelling are the writer's, names still occur once. */
  readonly canonical: boolean
  /** Values within each other, at most. */
  readonly maxDepth: number
  /** Values and names in all, at most: what a text of a given length may cost in memory once it is read. */
  readonly maxValues: number
}

type Container = { readonly isObject: boolean; before: string | null; readonly names: Set<string> | null }

const code = (character: string) => character.charCodeAt(0)
const [QUOTE, BACKSLASH, COMMA, COLON] = ['"', "\\", ",", ":"].map(code) as [number, number, number, number]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = ["[", "]", "{", "}"].map(code) as [
  number,
  number,
  number,
  number,
]
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WORD = /true|false|null/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
/** RFC 8785 section 3.2.2.2: short escapes where JSON has one, \u00xx in lower case for other controls, nothing else. */
const CANONICAL_ESCAPE = /\\(?:["\\bfnrt]|u00(?:0[0-7be-f]|1[0-9a-f]))/y

const isSpace = (unit: number) => unit === 32 || unit === 10 || unit === 13 || unit === 9

/**
 * Reads a JSON text once from left to right, building nothing, so that hostile nesting, order or length is refused before
 * it costs memory. Throws DOCUMENT_NOT_JSON, and DOCUMENT_NOT_CANONICAL or, where the spelling is free, FIELD_MALFORMED, with
 * the place. A text that passes can be parsed.
 */
export function checkJsonText(text: string, rules: JsonRules): void {
  new JsonScanner(text, rules).scan()
}

class JsonScanner {
  private at = 0
  private values = 0
  private readonly stack: Container[] = []
  private readonly text: string
  private readonly rules: JsonRules

  constructor(text: string, rules: JsonRules) {
    this.text = text
    this.rules = rules
  }

  scan(): void {
    if (this.rules.canonical && !this.text.isWellFormed()) throw this.refuse("a lone surrogate somewhere behind")
    do this.value()
    while (this.next())
    this.space()
    if (this.at < this.text.length) throw this.notJson("text after the end of the value")
  }

  /** Reads a value; of an array or object its beginning only. */
  private value(): void {
    this.space()
    this.count()
    if (this.stack.length >= this.rules.maxDepth) throw this.refuse(`nested deeper than ${this.rules.maxDepth}`)
    const unit = this.text.charCodeAt(this.at)
    if (unit === QUOTE) this.string()
    else if (unit === OPEN_ARRAY) this.open(false, CLOSE_ARRAY)
    else if (unit === OPEN_OBJECT) this.open(true, CLOSE_OBJECT)
    else if (!this.match(WORD)) this.number()
  }

  private open(isObject: boolean, close: number): void {
    this.at++
    this.space()
    const isEmpty = this.text.charCodeAt(this.at) === close
    this.stack.push({ isObject, before: null, names: isObject && !this.rules.canonical ? new Set() : null })
    if (!isEmpty && isObject) this.name()
    if (!isEmpty) this.value()
  }

  /** Goes on behind a value, closing what ends there; false at the end of the whole. */
  private next(): boolean {
    for (let inner = this.stack.at(-1); inner !== undefined; inner = this.stack.at(-1)) {
      this.space()
      const unit = this.text.charCodeAt(this.at)
      if (unit === COMMA) {
        this.at++
        if (inner.isObject) this.name()
        return true
      }
      if (unit !== (inner.isObject ? CLOSE_OBJECT : CLOSE_ARRAY))
        throw this.notJson(`expected "," or "${inner.isObject ? "}" : "]"}"`)
      this.at++
      this.stack.pop()
    }
    return false
  }

  private name(): void {
    this.space()
    this.count()
    const start = this.at
    if (this.text.charCodeAt(start) !== QUOTE) throw this.notJson("expected a name in quotes")
    const isEscaped = this.string()
    const name = isEscaped
      ? (JSON.parse(this.text.slice(start, this.at)) as string)
      : this.text.slice(start + 1, this.at - 1)
    this.order(name)
    this.space()
    if (this.text.charCodeAt(this.at) !== COLON) throw this.notJson('expected ":"')
    this.at++
  }

  /** Names rise by UTF-16 code unit (RFC 8785 section 3.2.3), or at least occur once. */
  private order(name: string): void {
    const inner = this.stack.at(-1) as Container
    if (inner.names !== null) {
      if (inner.names.has(name)) throw this.refuse(`the name ${JSON.stringify(name)} a second time`)
      inner.names.add(name)
    } else if (inner.before !== null && name <= inner.before)
      throw this.refuse(`the name ${shorten(name)} after ${shorten(inner.before)}`)
    inner.before = name
  }

  /** Reads a string; whether it holds an escape. */
  private string(): boolean {
    const { text } = this
    const spelling = this.rules.canonical ? CANONICAL_ESCAPE : ESCAPE
    let isEscaped = false
    let at = this.at + 1
    for (let unit = text.charCodeAt(at); unit !== QUOTE; unit = text.charCodeAt(at)) {
      if (unit >= 32 && unit !== BACKSLASH) at++
      else {
        isEscaped = true
        at = this.escape(at, spelling)
      }
    }
    this.at = at + 1
    return isEscaped
  }

  /** Reads the escape at `at`; the place behind it. */
  private escape(at: number, spelling: RegExp): number {
    this.at = at
    if (this.match(spelling)) return this.at
    if (this.match(ESCAPE)) throw this.refuse("an escape where the character stands for itself")
    if (at >= this.text.length) throw this.notJson("a text without its end")
    throw this.notJson(this.text.charCodeAt(at) === BACKSLASH ? "no such escape" : "a control character in a text")
  }

  private number(): void {
    const start = this.at
    if (!this.match(NUMBER)) throw this.notJson(this.isAtMark() ? "a byte-order mark" : "expected a value")
    const spelling = this.text.slice(start, this.at)
    if (!this.rules.canonical) return
    const value = Number(spelling)
    if (!Number.isFinite(value) || JSON.stringify(value) !== spelling)
      throw this.refuse(`the number ${shorten(spelling)}, expected ${JSON.stringify(value)}`)
  }

  private match(token: RegExp): boolean {
    token.lastIndex = this.at
    if (!token.test(this.text)) return false
    this.at = token.lastIndex
    return true
  }

  private space(): void {
    if (!(this.text.charCodeAt(this.at) <= 32)) return
    const start = this.at
    while (isSpace(this.text.charCodeAt(this.at))) this.at++
    if (this.at === start || !this.rules.canonical) return
    const place = this.at === this.text.length ? " at the end, as editors and transfers add it" : ""
    this.at = start
    throw this.refuse(`white space${place}`)
  }

  private count(): void {
    if (++this.values > this.rules.maxValues) throw this.refuse(`more than ${this.rules.maxValues} values`)
  }

  private readonly isAtMark = () => this.text.charCodeAt(this.at) === 0xfeff

  private notJson(problem: string): Rejection {
    const found = JSON.stringify(this.text.slice(this.at, this.at + 16))
    return new Rejection("DOCUMENT_NOT_JSON", `at character ${this.at}: ${problem}, got ${found}`)
  }

  private refuse(problem: string): Rejection {
    return new Rejection(
      this.rules.canonical ? "DOCUMENT_NOT_CANONICAL" : "FIELD_MALFORMED",
      `at character ${this.at}: ${problem}`,
    )
  }
}

const shorten = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
