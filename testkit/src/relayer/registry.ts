import { ANCHORS_ABI as abi } from "@wattest/chain"
import { boundaryNumber, type Hex, REGISTRY_ABI, type RegistryReference } from "@wattest/protocol"
import { type Account, createWalletClient, encodeFunctionData, http, parseAbi, publicActions } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { foundry } from "viem/chains"
import { accountOf } from "../local/accounts.ts"
import type { LocalChain } from "../local/chain.ts"
import { deployAnchors, deployerOn } from "../local/contracts.ts"
import { EVIDENCE, type TestDevice } from "./devices.ts"

export const promiser = privateKeyToAccount(`0x${"11".repeat(32)}`)

/** A registry on a chain, with the calls that tests make of it. */
export type TestRegistry = RegistryReference & {
  readonly operator: Hex
  readonly voucher: Hex
  enrol(devices: readonly TestDevice[]): Promise<void>
  revise(device: TestDevice, evidence: Hex): Promise<void>
  withdraw(device: TestDevice): Promise<void>
  retire(device: TestDevice, runs: number): Promise<void>
  roots(device: TestDevice): Promise<readonly Hex[]>
  /** All Anchored events of a device, in order of the chain. */
  anchored(device: TestDevice): Promise<readonly { run: number; root: Hex; block: bigint; transaction: Hex }[]>
}

function walletOf(chain: LocalChain, account: Account) {
  return createWalletClient({ account, chain: foundry, transport: http(chain.url), pollingInterval: 20 }).extend(
    publicActions,
  )
}

/** Deploys the registry with its libraries and waits until that is final. */
export async function deployRegistry(chain: LocalChain): Promise<TestRegistry> {
  const voucher = walletOf(chain, accountOf(0))
  const operator = walletOf(chain, accountOf(1))
  const mined = async (hash: Hex) => {
    await chain.mine(1)
    const receipt = await voucher.waitForTransactionReceipt({ hash })
    if (receipt.status !== "success") throw new Error(`transaction ${hash} reverted`)
    return receipt
  }
  const registry = await deployAnchors(deployerOn(chain, true))
  const target: RegistryReference = { chainId: foundry.id, registry }
  const send = (
    from: typeof voucher,
    functionName: "vouch" | "enrol" | "revise" | "withdraw" | "retire",
    args: readonly unknown[],
  ) => from.sendTransaction({ to: registry, data: encodeFunctionData({ abi, functionName, args } as never) })
  await chain.mine(3)
  return {
    ...target,
    operator: operator.account.address.toLowerCase() as Hex,
    voucher: voucher.account.address.toLowerCase() as Hex,
    async enrol(devices) {
      for (const device of devices) {
        const signature = device.enrolment(
          target,
          accountOf(1).address.toLowerCase() as Hex,
          accountOf(0).address.toLowerCase() as Hex,
        )
        await mined(await send(voucher, "vouch", [device.id, operator.account.address, EVIDENCE]))
        const { scheme, key } = device.deviceKey
        const terms = [voucher.account.address, boundaryNumber("node"), EVIDENCE]
        await mined(await send(operator, "enrol", [scheme, key, ...terms, signature]))
      }
      await chain.mine(3)
    },
    async revise(device, evidence) {
      await mined(await send(voucher, "revise", [device.id, evidence]))
    },
    async withdraw(device) {
      await mined(await send(voucher, "withdraw", [device.id, 1n]))
    },
    async retire(device, runs) {
      const signature = device.retirement(target, BigInt(runs))
      await mined(await send(operator, "retire", [device.id, BigInt(runs), signature]))
    },
    roots: (device) =>
      voucher.readContract({ abi, address: registry, functionName: "rootsOf", args: [device.id, 0n, 100_000n] }),
    async anchored(device) {
      const logs = await voucher.getContractEvents({
        abi: parseAbi(REGISTRY_ABI),
        address: registry,
        eventName: "Anchored",
        args: { device: device.id },
        fromBlock: 0n,
        strict: true,
      })
      return logs.map(({ args, blockNumber, transactionHash }) => ({
        run: Number(args.run),
        root: args.root,
        block: blockNumber,
        transaction: transactionHash,
      }))
    },
  }
}
