import { NODE } from "@wattest/cli/cli"
import { type Command, type Member, resolve } from "@wattest/command"

/** A command with the words that lead to it. */
export type Leaf = { readonly words: readonly string[]; readonly command: Command }

async function leavesOf(member: Member, words: readonly string[]): Promise<readonly Leaf[]> {
  const node = await resolve(member)
  if (node.type === "command") return [{ words, command: node }]
  const own = node.main === undefined ? [] : [{ words, command: node.main }]
  const below = await Promise.all(Object.entries(node.commands).map(([name, next]) => leavesOf(next, [...words, name])))
  return [...own, ...below.flat()]
}

/** Every command of the suite. */
export const everyCommand = (): Promise<readonly Leaf[]> => leavesOf(NODE, [])
export { NODE }
