import { COMMON_EXITS, EXIT, EXIT_MEANING } from "../exit.ts"
import { type Command, type Group, resolve } from "./command.ts"
import { EVERY, operandName } from "./parse.ts"
import type { Slot, Slots } from "./slot.ts"

const MAX_LEFT = 28
const WIDTH = 110

const optionName = (name: string, { placeholder, repeated }: Slot<unknown>) =>
  `--${name}${placeholder === null ? "" : ` ${placeholder}`}${repeated ? "…" : ""}`

/** Where else a value may stand. */
function sources({ standard, environment, profile, repeated }: Slot<unknown>): string {
  const places = [
    ...(environment === undefined ? [] : [environment]),
    ...(profile === undefined ? [] : [`${profile} in wattest.json`]),
    ...(standard === undefined ? [] : [standard === "" ? "none" : standard]),
  ]
  const otherwise = places.length === 0 ? "" : ` [${places.join(", else ")}]`
  return `${repeated ? "; may be given again" : ""}${otherwise}`
}

/** Lines of at most `width`. What begins with spaces is a row of two columns, and goes on below its second one. */
function wrap(text: string, width: number): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const indent = " ".repeat(/^ +\S+ +/.exec(line)?.[0].length ?? 0)
    const [first = "", ...words] = line.slice(indent.length).split(" ")
    const lines = [line.slice(0, indent.length) + first]
    for (const word of words) {
      const last = lines.at(-1) ?? ""
      if (last.length + 1 + word.length > width) lines.push(indent + word)
      else lines[lines.length - 1] = `${last} ${word}`
    }
    return lines
  })
}

/** Two columns under a heading; nothing where there are no rows. */
function section(heading: string, pairs: readonly (readonly [left: string, right: string])[]): string {
  if (pairs.length === 0) return ""
  const left = Math.min(MAX_LEFT, Math.max(...pairs.map(([name]) => name.length))) + 2
  const lines = pairs.flatMap(([name, text]) => {
    const [first = "", ...more] = wrap(text, WIDTH - left - 2)
    const head =
      name.length + 2 > left ? [`  ${name}`, `  ${" ".repeat(left)}${first}`] : [`  ${name.padEnd(left)}${first}`]
    return [...head, ...more.map((line) => `  ${" ".repeat(left)}${line}`)]
  })
  return `\n${heading}:\n${lines.join("\n")}\n`
}

const slotRows = (slots: Slots, name: (name: string, slot: Slot<unknown>) => string) =>
  Object.entries(slots).map(([own, slot]) => [name(own, slot), `${slot.help}${sources(slot)}`] as const)

function usageOf({ options, operands, rest }: Command): string {
  const needed = Object.entries(options).filter(([, { required }]) => required)
  return [
    ...Object.entries(operands).map(([name, slot]) => {
      const shown = operandName(name, slot)
      return slot.required ? shown : `[${shown}]`
    }),
    ...needed.map(([name, slot]) => optionName(name, slot)),
    "[options]",
    ...(rest === undefined ? [] : [`-- ${rest}`]),
  ].join(" ")
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/** The help of one command, from its table. `spell` gives the full name of other commands. */
export function commandHelp(path: string, command: Command, spell: (words: string) => string): string {
  const { summary, about, options, operands, examples, exits = COMMON_EXITS, next } = command
  return [
    `usage: ${path} ${usageOf(command)}\n\n${sentence(summary)}\n`,
    about === undefined ? "" : `${wrap(about, WIDTH).join("\n")}\n`,
    section("operands", slotRows(operands, operandName)),
    section("options", slotRows({ ...options, ...EVERY }, optionName)),
    `\nexamples:\n${examples.map((line) => `  ${path} ${line}`.trimEnd()).join("\n")}\n`,
    section(
      "exit codes",
      exits.map((name) => [`${EXIT[name]}`, EXIT_MEANING[name]]),
    ),
    next === undefined ? "" : `\nnext: ${spell(next)}\n`,
  ].join("")
}

/** The help of a group: its commands, a line each. */
export async function groupHelp(path: string, { summary, commands, main }: Group, spell: (words: string) => string) {
  const own = main === undefined ? "" : `${commandHelp(path, main, spell)}\n`
  const listed = section(
    "commands",
    Object.entries(commands).map(([name, member]) => [name, member.summary]),
  )
  const usage = `usage: ${path} COMMAND [options]\n\n${sentence(summary)}\n`
  return `${own}${usage}${listed}\n${path} COMMAND --help tells more, ${path} --version its version.\n`
}

/** A node's help, loaded where it is lazy. */
export async function helpOf(path: string, member: Parameters<typeof resolve>[0], spell: (words: string) => string) {
  const node = await resolve(member)
  return node.type === "group" ? groupHelp(path, node, spell) : commandHelp(path, node, spell)
}
