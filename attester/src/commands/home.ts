import { type Context, jsonLine, UsageError } from "@wattest/command"
import { toJson } from "@wattest/protocol"
import { openKey } from "../keys/key-place.ts"
import type { Signer } from "../keys/signer.ts"
import { Device } from "../run/device.ts"

export const noDevice = (home: string) =>
  new UsageError(`${home} holds no device`, "make one: wattest device init, or wattest-attest init")

/** The key of a folder's device. Throws a UsageError where there is none. */
export const openDeviceKey = (home: string): Promise<Signer> =>
  openKey(home).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? noDevice(home) : error
  })

/** Opens the device of a folder, settles what a stop left open, runs `work`, and lets go of it. */
export async function withDevice<T>(
  home: string,
  { terminal }: Context,
  work: (device: Device) => Promise<T>,
): Promise<T> {
  const device = await Device.open(home, await openDeviceKey(home))
  try {
    const recovered = await device.recover()
    if (recovered.outcome === "void") terminal.say(`run ${recovered.run} is void: ${recovered.reason}`)
    if (recovered.outcome === "closed") terminal.say(`run ${recovered.closed.record.run} closed as interrupted`)
    return await work(device)
  } finally {
    await device.close()
  }
}

/** What a command that only answers needs of its context. */
export type Answering = Pick<Context, "terminal" | "json">

/** An answer on standard output: one line for machines, or several for people. */
export function print({ terminal, json }: Answering, value: unknown, lines: readonly string[]): void {
  terminal.print(json ? jsonLine(value) : `${lines.join("\n")}\n`)
}

/** A document that the next command takes: on standard output, alone; what it is for goes to standard error. */
export function hand({ terminal, json }: Answering, value: object, words: string): void {
  terminal.print(json ? jsonLine(value) : `${JSON.stringify(toJson(value), null, 2)}\n`)
  if (!json) terminal.say(words)
}
