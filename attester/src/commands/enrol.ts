import { parseArgs } from "node:util"
import { signEnrolment, signRetirement } from "../run/submission.ts"
import { homeOf, parseAddress, parseTarget, print, withDevice } from "./home.ts"

const TARGET = {
  home: { type: "string" },
  "chain-id": { type: "string" },
  registry: { type: "string" },
  json: { type: "boolean" },
} as const

export async function enrol(args: string[]): Promise<void> {
  const options = { ...TARGET, operator: { type: "string" }, voucher: { type: "string" } } as const
  const { values } = parseArgs({ args, options })
  const operator = parseAddress(values.operator, "--operator")
  const voucher = parseAddress(values.voucher, "--voucher")
  const target = parseTarget(values)
  const signed = await withDevice(homeOf(values.home), (device) =>
    signEnrolment(device, { ...target, operator, voucher }),
  )
  print(values.json, signed, [
    `The operator ${operator} sends to ${target.registry} on chain ${target.chainId}:`,
    `  enrol(${signed.scheme}, ${signed.key}, ${voucher}, ${signed.signature})`,
  ])
}

export async function retire(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: TARGET })
  const target = parseTarget(values)
  const signed = await withDevice(homeOf(values.home), (device) => signRetirement(device, target))
  print(values.json, { ...signed, lastRun: signed.lastRun.toString() }, [
    `The device opens no run after ${signed.lastRun}. Anyone sends to ${target.registry} on chain ${target.chainId}:`,
    `  retire(${signed.device}, ${signed.lastRun}, ${signed.signature})`,
  ])
}
