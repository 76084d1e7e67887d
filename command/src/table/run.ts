import { type CommandError, UsageError } from "../errors.ts"
import { EXIT } from "../exit.ts"
import { explainError } from "../explain.ts"
import { findProfile } from "../profile.ts"
import { faultOf, guardProcess } from "../world/guard.ts"
import { printable, printableLines, quoted } from "../world/printable.ts"
import { processTerminal, type Terminal } from "../world/terminal.ts"
import { type Command, type Context, type Group, type Node, resolve } from "./command.ts"
import { helpOf } from "./help.ts"
import { nameOperands, readTyped, withDefaults } from "./parse.ts"
import { closest } from "./suggest.ts"

/** A binary: its name, its version, and what it runs. */
export type Program = { readonly name: string; readonly version: string; readonly node: Node }

/** What a program sees of the machine. */
export type World = {
  readonly terminal: Terminal
  readonly environment: NodeJS.ProcessEnv
  /** Where profiles are looked for. */
  readonly folder: string
}

const ALONE: { readonly [word: string]: string } = {
  device: "wattest-attest",
  relay: "wattest-relay",
  registry: "wattest-registry",
  prove: "wattest-prove",
  verify: "wattest-verify",
}

/** How a command of the suite is typed by who has typed `program`. */
function spelling(program: string): (words: string) => string {
  if (program === "wattest") return (words) => `wattest ${words}`
  return (words) => {
    const [room = "", ...more] = words.split(" ")
    return [ALONE[room] ?? `wattest ${room}`, ...more].join(" ")
  }
}

type Found = {
  readonly node: Node
  readonly path: string
  readonly args: readonly string[]
  readonly explains: readonly Explain[]
}
type Explain = NonNullable<Group["explain"]>

/** Walks down the names. Throws a UsageError where a name is unknown. */
export async function findNode({ name, node: top }: Program, argv: readonly string[]): Promise<Found> {
  let [node, path, args] = [top, name, argv]
  const explains: Explain[] = []
  while (node.type === "group") {
    const { commands, explain, main }: Group = node
    if (explain !== undefined) explains.unshift(explain)
    const [word] = args
    const member = word !== undefined && Object.hasOwn(commands, word) ? commands[word] : undefined
    if (member === undefined) {
      if (main !== undefined && !isHelp(word) && word !== "--version") return { node: main, path, args, explains }
      return { node, path, args, explains }
    }
    node = await resolve(member)
    path = `${path} ${word}`
    args = args.slice(1)
  }
  return { node, path, args, explains }
}

const isHelp = (word: string | undefined) => word === "--help" || word === "-h"

function noCommand({ commands }: Group, path: string, word: string | undefined): UsageError {
  if (word === undefined) return new UsageError("no command was given", `${path} --help`)
  if (word.startsWith("-"))
    return new UsageError(`${printable(word)} stands before the command`, `write ${path} COMMAND ${printable(word)} …`)
  const near = closest(word, Object.keys(commands))
  return new UsageError(
    `there is no command ${quoted(word)}`,
    near === null ? `${path} --help` : `did you mean ${path} ${near}?`,
  )
}

/** Says a failure in the two lines that every command uses. Answers its exit code. */
function tell(error: unknown, { terminal }: World, explains: readonly Explain[]): number {
  const explained = explains.reduce<CommandError | null>((told, explain) => told ?? explain(error), null)
  const told = explained ?? explainError(error)
  if (told === null) {
    terminal.say(faultOf(error))
    return EXIT.fault
  }
  terminal.say(`error: ${printableLines(told.message)}`)
  terminal.say(`hint: ${printableLines(told.hint)}`)
  return told.exit
}

async function execute(
  command: Command,
  { path, args }: Found,
  world: World,
  spell: Context["spell"],
): Promise<number> {
  const { terminal, environment, folder } = world
  const typed = readTyped(args, command, path)
  if (typed.wantsHelp) {
    terminal.print(await helpOf(path, command, spell))
    return EXIT.done
  }
  const operands = nameOperands(command, typed.operands, path)
  const usesProfile = Object.values(command.options).some((slot) => slot.profile !== undefined)
  const profile = usesProfile ? findProfile(folder) : null
  const options = withDefaults(command, typed.options, { environment, profile })
  const json = typed.options.has("json")
  const context: Context = { terminal, environment, profile, folder, json, given: options, spell }
  const outcome = await command.execute({ options, operands }, typed.rest, context)
  const exit = outcome?.exit ?? EXIT.done
  const next = outcome?.next === undefined ? command.next : outcome.next
  if (next !== undefined && next !== null && exit === EXIT.done && !json) terminal.say(`next: ${spell(next)}`)
  return exit
}

/**
 * Runs what was typed and answers the exit code. Every failure becomes two lines, `error:` and `hint:`; whatever is not
 * understood is a fault of ours and never looks like a verdict.
 */
export async function run(program: Program, argv: readonly string[], world: World = processWorld()): Promise<number> {
  const spell = spelling(program.name)
  let explains: readonly Explain[] = []
  try {
    const found = await findNode(program, argv)
    explains = found.explains
    const { node, path, args } = found
    const [word] = args
    if (node.type === "command") return await execute(node, found, world, spell)
    if (word === "--version") world.terminal.print(`${program.name} ${program.version}\n`)
    else if (isHelp(word)) world.terminal.print(await helpOf(path, node, spell))
    else throw noCommand(node, path, word)
    return EXIT.done
  } catch (error) {
    return tell(error, world, explains)
  }
}

/** The process itself, as a program sees it: from then on, what no promise carried ends it as a fault of ours. */
function processWorld(): World {
  guardProcess()
  return { terminal: processTerminal, environment: process.env, folder: process.cwd() }
}
