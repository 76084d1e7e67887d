import type { Hex } from "@wattest/protocol"
import { boundaryNumber, ledgerIdOf } from "@wattest/protocol"
import { type Address, createWalletClient, http, publicActions } from "viem"
import { startAnvil } from "../local/anvil.ts"
import { artifactOf, deployAnchors, deployerOn } from "../local/contracts.ts"
import { createDevice, EVIDENCE, randomRoots, type TestDevice } from "../relayer/devices.ts"

const ROOTS = 128

export type FleetPlan = { readonly ledgers: number; readonly devices: number; readonly runs: number }

/** A chain of its own with so many runs of so many devices in so many ledgers, each run anchored by the contract. */
export async function anchorFleet({ ledgers, devices, runs }: FleetPlan, progress: (anchored: number) => void) {
  const anvil = await startAnvil({ mining: "each", gasLimit: 60_000_000 })
  const registry = await deployAnchors(deployerOn(anvil))
  const client = createWalletClient({ transport: http(anvil.url), pollingInterval: 5 }).extend(publicActions)
  const { abi } = artifactOf("AnchorRegistry")
  const accounts = await client.getAddresses()
  const target = { chainId: 31337, registry }
  const write = async (account: Address, functionName: string, args: readonly unknown[]) => {
    const hash = await client.writeContract({ abi, address: registry, functionName, args, account, chain: null })
    await client.waitForTransactionReceipt({ hash })
  }
  const fleet: TestDevice[] = []
  for (let i = 0; i < devices; i++) {
    const device = createDevice()
    const [operator, voucher] = pairOf(accounts, i % ledgers)
    await write(voucher, "vouch", [device.id, operator, EVIDENCE])
    const { scheme, key } = device.deviceKey
    const signature = device.enrolment(target, operator, voucher)
    await write(operator, "enrol", [scheme, key, voucher, boundaryNumber("node"), EVIDENCE, signature])
    fleet.push(device)
  }
  for (let anchored = 0, next = 0; anchored < runs; next++) {
    const device = fleet[next % devices] as TestDevice
    const firstRun = Math.floor(next / devices) * ROOTS
    const { roots, through, signature } = device.submission(
      target,
      firstRun,
      randomRoots(Math.min(ROOTS, runs - anchored)),
    )
    await write(accounts[0] as Address, "submit", [device.id, BigInt(firstRun), roots, BigInt(through), signature])
    anchored += roots.length
    progress(anchored)
  }
  await anvil.rpc("anvil_mine", "0x4")
  return { anvil, registry, ledgers: distinctLedgers(accounts, ledgers) }
}

/** The accounts of a ledger by its number: ten accounts make ninety pairs. */
function pairOf(accounts: readonly Address[], ledger: number): readonly [Address, Address] {
  const operator = ledger % accounts.length
  const voucher = (operator + 1 + Math.floor(ledger / accounts.length)) % accounts.length
  return [lower(accounts[operator]), lower(accounts[voucher])]
}

const lower = (account: Address | undefined) => (account ?? "0x").toLowerCase() as Address

const distinctLedgers = (accounts: readonly Address[], count: number): readonly Hex[] =>
  Array.from({ length: count }, (_, i) => ledgerIdOf(...pairOf(accounts, i)))
