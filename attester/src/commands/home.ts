import { homedir } from "node:os"
import { join } from "node:path"
import { openKey } from "../keys/key-place.ts"
import { Device } from "../run/device.ts"

/** What was typed cannot be carried out; `hint` says what can. Exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError"
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/** The device's folder: `--home`, WATTEST_HOME, or `~/.wattest`. */
export const homeOf = (home: string | undefined): string =>
  home ?? process.env.WATTEST_HOME ?? join(homedir(), ".wattest")

/** Opens the device of a folder, settles what a stop left open, runs `work`, and lets go of it. */
export async function withDevice<T>(home: string, work: (device: Device) => Promise<T>): Promise<T> {
  const signer = await openKey(home).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new UsageError(`${home} holds no device`, "run wattest-attest init first") : error
  })
  const device = await Device.open(home, signer)
  try {
    const recovered = await device.recover()
    if (recovered.outcome === "void") console.error(`run ${recovered.run} is void: ${recovered.reason}`)
    if (recovered.outcome === "closed") console.error(`run ${recovered.closed.record.run} closed as interrupted`)
    return await work(device)
  } finally {
    await device.close()
  }
}

/** An address as people write it, in the lower case of documents. */
export function parseAddress(text: string | undefined, flag: string): `0x${string}` {
  if (text === undefined || !/^0x[0-9a-fA-F]{40}$/.test(text))
    throw new UsageError(`${flag} must be an address`, `write ${flag} 0x followed by 40 hexadecimal digits`)
  return text.toLowerCase() as `0x${string}`
}

export function parseWhole(text: string | undefined, flag: string): number {
  if (text === undefined || !/^[0-9]{1,15}$/.test(text))
    throw new UsageError(`${flag} must be a whole number`, `write ${flag} 1`)
  return Number(text)
}

export const parseTarget = (values: { "chain-id"?: string; registry?: string }) => ({
  chainId: parseWhole(values["chain-id"], "--chain-id"),
  registry: parseAddress(values.registry, "--registry"),
})

/** One line for machines or several for people, on stdout. */
export function print(json: boolean | undefined, value: unknown, lines: readonly string[]): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${lines.join("\n")}\n`)
}
