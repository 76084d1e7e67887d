import { parseArgs } from "node:util"
import { UsageError } from "@wattest/command"
import { GETH_HINT, hasGeth } from "@wattest/testkit/local/geth"

export type FleetOptions = { readonly devices: number; readonly days: number; readonly isGeth: boolean }

const HINT = "npm run bench -- fleet [--devices N] [--days 1|2|3] [--chain anvil|geth]"
const DEVICES = "10000"
const MOST_DAYS = 3

/** What the command line asks of the fleet. Throws a UsageError. */
export function fleetOptions(args: readonly string[]): FleetOptions {
  const text = { type: "string" } as const
  const { values } = parseArgs({ args: [...args], options: { devices: text, days: text, chain: text } })
  const { devices = DEVICES, days = `${MOST_DAYS}`, chain = "anvil" } = values
  if (!/^[1-9][0-9]{0,5}$/.test(devices))
    throw new UsageError(`--devices ${devices} is no number from 1 to 999999`, HINT)
  if (!/^[123]$/.test(days)) throw new UsageError(`--days ${days} is none of 1, 2 and 3`, HINT)
  if (chain !== "anvil" && chain !== "geth") throw new UsageError(`--chain ${chain} is neither anvil nor geth`, HINT)
  if (chain === "geth" && !hasGeth()) throw new UsageError(GETH_HINT, "or leave --chain out: anvil comes with npm")
  return { devices: Number(devices), days: Number(days), isGeth: chain === "geth" }
}
