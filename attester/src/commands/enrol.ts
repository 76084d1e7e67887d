import type { Context, Hex } from "@wattest/command"
import { type Boundary, plural } from "@wattest/protocol"
import { signEnrolment, signRetirement } from "../run/submission.ts"
import { hand, withDevice } from "./home.ts"

type Target = { readonly home: string; readonly chain: number; readonly registry: Hex }
type Terms = { readonly operator: Hex; readonly voucher: Hex; readonly boundary: Boundary; readonly evidence: Hex }

export async function enrol(
  { home, chain, registry, operator, voucher, boundary, evidence }: Target & Terms,
  context: Context,
): Promise<undefined> {
  const enrolment = { chainId: chain, registry, operator, voucher, boundary, evidence }
  const signed = await withDevice(home, context, (device) => signEnrolment(device, enrolment))
  hand(context, signed, `for the operator ${operator}, to send to registry ${registry} on chain ${chain}`)
}

export async function retire({ home, chain, registry }: Target, context: Context): Promise<undefined> {
  const signed = await withDevice(home, context, (device) => signRetirement(device, { chainId: chain, registry }))
  hand(
    context,
    signed,
    `the device has ${plural(signed.runs, "run")} and opens no more; for anyone to send to registry ${registry} on chain ${chain}`,
  )
}
