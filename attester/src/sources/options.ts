import { readSecret } from "@wattest/command"

/** A configuration that cannot be used; the message names the field and what it may be. */
export class ConfigError extends Error {
  override readonly name = "ConfigError"
}

type Range = { readonly lo: number; readonly hi: number; readonly default?: number }

/**
 * Reads one object of the configuration strictly: each getter takes a field once, checks it and forgets it; `end`
 * refuses what nobody asked for, so that a misspelt option cannot pass unseen.
 */
export class Options {
  readonly path: string
  readonly #fields: Map<string, unknown>

  constructor(value: unknown, path: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new ConfigError(`${path}: must be an object`)
    this.path = path
    this.#fields = new Map(Object.entries(value))
  }

  /** Takes a field; undefined when it is absent. */
  take(name: string): unknown {
    const value = this.#fields.get(name)
    this.#fields.delete(name)
    return value
  }

  /** Says what is wrong with a field. */
  fail(name: string, rule: string): never {
    throw new ConfigError(`${this.path}.${name}: ${rule}`)
  }

  text(name: string, fallback?: string): string {
    const value = this.take(name) ?? fallback
    if (typeof value !== "string" || value === "") this.fail(name, "must be a non-empty text")
    return value
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined
  }

  has(name: string): boolean {
    return this.#fields.get(name) !== undefined
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const value = this.take(name) ?? fallback
    const found = choices.find((choice) => choice === value)
    return found ?? this.fail(name, `must be one of ${choices.join(", ")}`)
  }

  number(name: string, { lo, hi, default: fallback }: Range): number {
    const value = this.take(name) ?? fallback
    if (typeof value !== "number" || !(value >= lo && value <= hi))
      this.fail(name, `must be a number from ${lo} to ${hi}`)
    return value
  }

  integer(name: string, range: Range): number {
    const value = this.number(name, range)
    return Number.isInteger(value) ? value : this.fail(name, "must be a whole number")
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.take(name) ?? fallback
    return typeof value === "boolean" ? value : this.fail(name, "must be true or false")
  }

  /** A list of different texts, of these choices where there are any. */
  texts<T extends string>(name: string, choices: readonly T[] | undefined, fallback: readonly T[]): T[] {
    const value = this.take(name) ?? fallback
    if (!Array.isArray(value)) this.fail(name, "must be a list of texts")
    const texts: unknown[] = value
    const isText = (item: unknown): item is T =>
      typeof item === "string" && item !== "" && (choices === undefined || choices.some((choice) => choice === item))
    if (!texts.every(isText)) this.fail(name, choices ? `may hold only ${choices.join(", ")}` : "must hold texts")
    return [...new Set(texts)]
  }

  /** Names of the fields that nobody took yet. */
  names(): string[] {
    return [...this.#fields.keys()]
  }

  /** A text, or a list of texts, as a list. */
  textOrTexts(name: string): string[] {
    return Array.isArray(this.#fields.get(name)) ? this.texts(name, undefined, []) : [this.text(name)]
  }

  /** A list of different whole numbers; absent gives none. */
  integers(name: string, { lo, hi }: Range): number[] {
    const value = this.take(name) ?? []
    const fits = (item: unknown): item is number => Number.isInteger(item) && Number(item) >= lo && Number(item) <= hi
    if (!Array.isArray(value) || !value.every(fits))
      this.fail(name, `must be a list of whole numbers from ${lo} to ${hi}`)
    return [...new Set(value)]
  }

  url(name: string, protocols: readonly string[] = ["http:", "https:"]): URL {
    const url = URL.parse(this.text(name))
    if (!url || !protocols.includes(url.protocol)) this.fail(name, `must be a URL with ${protocols.join(" or ")}`)
    return url
  }

  /** A nested object; absent gives undefined. */
  object(name: string): Options | undefined {
    const value = this.take(name)
    return value === undefined ? undefined : new Options(value, `${this.path}.${name}`)
  }

  /** A list of objects, at least one. */
  objects(name: string): Options[] {
    const value = this.take(name)
    if (!Array.isArray(value) || value.length === 0) this.fail(name, "must be a list of at least one object")
    return value.map((item, index) => new Options(item, `${this.path}.${name}[${index}]`))
  }

  /**
   * A secret is never written in the configuration itself: `{ "env": "NAME" }` or `{ "file": "/path" }`. A trailing
   * line end of the file is not part of it.
   */
  secret(name: string): string {
    const place = this.object(name) ?? this.fail(name, 'must be { "env": NAME } or { "file": PATH }')
    const env = place.optionalText("env")
    const file = place.optionalText("file")
    place.end()
    if ((env === undefined) === (file === undefined)) this.fail(name, 'must be { "env": NAME } or { "file": PATH }')
    const secret = env === undefined ? this.#fromFile(name, file ?? "") : process.env[env]
    return secret || this.fail(name, `${env ?? file} holds no secret`)
  }

  #fromFile(name: string, file: string): string {
    try {
      return readSecret(file)
    } catch {
      return this.fail(name, `${file} cannot be read`)
    }
  }

  /** Refuses fields that nobody took. */
  end(): void {
    const [unknown] = this.#fields.keys()
    if (unknown !== undefined) this.fail(unknown, "is not an option here")
  }
}
