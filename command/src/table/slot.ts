import { UsageError, ValueError } from "../errors.ts"
import type { ProfileField } from "../profile.ts"
import type { Kind } from "../values/kind.ts"
import { printable, quoted } from "../world/printable.ts"

/** A text that somebody gave, and where: `--home`, `WATTEST_HOME`, `home in /x/wattest.json`, or the table itself. */
export type Given = { readonly text: string; readonly origin: string }

/** Where a value comes from that nobody typed. */
export type Otherwise = {
  readonly standard?: string
  readonly environment?: string
  readonly profile?: ProfileField
}

/** What an option or an operand takes. The same row makes the parser, the help and the tests. */
export type Slot<T> = Otherwise & {
  /** Null: a switch, which takes no value. */
  readonly placeholder: string | null
  readonly help: string
  readonly required: boolean
  readonly repeated: boolean
  /** The value of what was given. Throws a UsageError. */
  readonly take: (given: readonly Given[]) => T
}

export type Slots = { readonly [name: string]: Slot<unknown> }
export type ValuesOf<S extends Slots> = { readonly [K in keyof S]: S[K] extends Slot<infer T> ? T : never }

function parsed<T>({ parse }: Kind<T>, { text, origin }: Given): T {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    throw new UsageError(`${printable(origin)}: ${quoted(text)} ${error.message}`, error.hint)
  }
}

const oneValue = (placeholder: string, help: string, otherwise: Otherwise) => ({
  ...otherwise,
  placeholder,
  help,
  required: false,
  repeated: false,
})

/** Given or not given. */
export const toggle = (help: string): Slot<boolean> => ({
  placeholder: null,
  help,
  required: false,
  repeated: false,
  take: (given) => given.length > 0,
})

export const optional = <T>(kind: Kind<T>, help: string, otherwise: Otherwise = {}): Slot<T | undefined> => ({
  ...oneValue(kind.placeholder, help, otherwise),
  take: ([given]) => (given === undefined ? undefined : parsed(kind, given)),
})

function present(given: Given | undefined): Given {
  if (given === undefined) throw new RangeError("a required slot was read without a value")
  return given
}

/** A value without which the command cannot go: the reader refuses its absence before `take`. */
export const required = <T>(kind: Kind<T>, help: string, otherwise: Otherwise = {}): Slot<T> => ({
  ...oneValue(kind.placeholder, help, otherwise),
  required: true,
  take: ([given]) => parsed(kind, present(given)),
})

/** A value that has a default, written as people would type it. */
export const standard = <T>(kind: Kind<T>, value: string, help: string, otherwise: Otherwise = {}): Slot<T> => ({
  ...oneValue(kind.placeholder, help, { ...otherwise, standard: value }),
  take: ([given]) => parsed(kind, present(given)),
})

/** Any number of values, none unless `required`. */
export const list = <T>(
  kind: Kind<T>,
  help: string,
  { required = false, ...otherwise }: Otherwise & { readonly required?: boolean } = {},
): Slot<readonly T[]> => ({
  ...oneValue(kind.placeholder, help, otherwise),
  required,
  repeated: true,
  take: (given) => given.map((item) => parsed(kind, item)),
})
