import { type Node, run, type World } from "@wattest/command"

/** What a command answered, as a shell would see it. */
export type Answer = { readonly exit: number; readonly stdout: string; readonly stderr: string }

/** Runs a command in this process, in a world without a person to ask unless `answers` has some. */
export async function play(
  { name = "wattest", node }: { readonly name?: string; readonly node: Node },
  argv: readonly string[],
  {
    environment = {},
    folder = "/",
    answers = [],
  }: Partial<Omit<World, "terminal">> & { readonly answers?: readonly string[] } = {},
): Promise<Answer> {
  let [stdout, stderr] = ["", ""]
  const left = [...answers]
  const terminal: World["terminal"] = {
    print: (text) => {
      stdout += text
    },
    say: (line) => {
      stderr += `${line}\n`
    },
    ask: async () => left.shift() ?? null,
  }
  const exit = await run({ name, version: "0.1.0", node }, argv, { terminal, environment, folder })
  return { exit, stdout, stderr }
}

/** The two lines of a refusal. */
export const told = (error: string, hint: string) => `error: ${error}\nhint: ${hint}\n`
