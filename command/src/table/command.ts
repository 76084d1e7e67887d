import type { CommandError } from "../errors.ts"
import type { ExitName } from "../exit.ts"
import type { Profile } from "../profile.ts"
import type { Terminal } from "../world/terminal.ts"
import type { Given, Slots, ValuesOf } from "./slot.ts"

/** What a command is given beside its own values. */
export type Context = {
  readonly terminal: Terminal
  readonly environment: NodeJS.ProcessEnv
  readonly profile: Profile | null
  /** The folder in which the command was typed. */
  readonly folder: string
  /** The answer is for machines. */
  readonly json: boolean
  /** What the options were typed, and where. */
  readonly given: ReadonlyMap<string, readonly Given[]>
  /** How people type a command of the suite here: `registry enrol` is `wattest registry enrol`, or `wattest-registry enrol`. */
  readonly spell: (words: string) => string
}

/** What a command answers: its exit code where it is not 0, and what to type next where its table says something else. */
export type Outcome = { readonly exit?: number; readonly next?: string | null }

export type Input<O extends Slots, P extends Slots> = {
  readonly options: ValuesOf<O>
  readonly operands: ValuesOf<P>
  /** What stood behind `--`. */
  readonly rest: readonly string[]
}

/** The words of a command's table, from which help is made. */
type Words = {
  readonly summary: string
  /** Further lines for its help. */
  readonly about?: string
  /** Placeholder of what may follow `--`. */
  readonly rest?: string
  /** Argument lines without the command's own name. */
  readonly examples: readonly string[]
  readonly exits?: readonly ExitName[]
  /** What to type afterwards, as `spell` takes it. */
  readonly next?: string
}

export type Table<O extends Slots, P extends Slots> = Words & {
  readonly options: O
  readonly operands: P
  readonly run: (input: Input<O, P>, context: Context) => Promise<Outcome | undefined>
}

/** A command with the types of its values closed over. */
export type Command = Words & {
  readonly type: "command"
  readonly options: Slots
  readonly operands: Slots
  readonly execute: (
    given: { readonly [part in "options" | "operands"]: ReadonlyMap<string, readonly Given[]> },
    rest: readonly string[],
    context: Context,
  ) => Promise<Outcome | undefined>
}

/** Commands under one name, loaded when they are needed. */
export type Group = {
  readonly type: "group"
  readonly summary: string
  readonly commands: { readonly [name: string]: Member }
  /** What runs when the first word is no command of the group. */
  readonly main?: Command
  /** Says what an error of these commands means to a person; null where it does not know it. */
  readonly explain?: (error: unknown) => CommandError | null
}

export type Node = Command | Group
export type Member = Node | { readonly type: "lazy"; readonly summary: string; readonly load: () => Promise<Node> }

function valuesOf<S extends Slots>(slots: S, given: ReadonlyMap<string, readonly Given[]>): ValuesOf<S> {
  const values = Object.entries(slots).map(([name, { take }]) => [name, take(given.get(name) ?? [])])
  return Object.fromEntries(values) as ValuesOf<S>
}

/** A command from its table. */
export function command<O extends Slots, P extends Slots>({ run, ...table }: Table<O, P>): Command {
  return {
    ...table,
    type: "command",
    execute: (given, rest, context) =>
      run(
        { options: valuesOf(table.options, given.options), operands: valuesOf(table.operands, given.operands), rest },
        context,
      ),
  }
}

export const group = (table: Omit<Group, "type">): Group => ({ ...table, type: "group" })
export const lazy = (summary: string, load: () => Promise<Node>): Member => ({ type: "lazy", summary, load })
export const resolve = async (member: Member): Promise<Node> => (member.type === "lazy" ? member.load() : member)
