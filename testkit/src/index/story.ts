import type { Hex } from "@wattest/protocol"
import { retirementMessage } from "@wattest/protocol"
import { LedgerOnChain } from "../ledger/ledger.ts"
import { type LocalChain, startChain } from "../ledger/local-chain.ts"
import { artifactOf, deployAnchors } from "../local/contracts.ts"
import { temporaryFolder } from "../relayer/harness.ts"

export const START = 1_800_000_000

/** Books worth following on a chain of their own: two ledgers, void runs, a retirement, a withdrawal, a device that never joined. */
export type BooksStory = Awaited<ReturnType<typeof tellBooks>>

export async function tellBooks() {
  const chain = await startChain(START - 10_000)
  const folder = temporaryFolder()
  const [operator, voucher, second] = chain.accounts
  if (operator === undefined || voucher === undefined || second === undefined)
    throw new Error("the chain has no accounts")
  const registry = (await deployAnchors(chain.deploy)).toLowerCase() as Hex
  const archive = `${folder.path}/archive`
  const first = new LedgerOnChain(chain, registry, { operator, voucher, archive })
  const other = new LedgerOnChain(chain, registry, { operator, voucher: second, archive })
  const [a, b, c] = [await first.enrol(), await first.enrol(), await other.enrol()]
  await first.anchor(a, START, [{}, {}, null])
  await first.anchor(b, START + 60, [{}, {}])
  await other.anchor(c, START + 120, [{}, {}, {}])
  await first.withdraw(b, START + 30)
  await retire(chain, first, c, 3n)
  await vouchOnly(chain, first, "0x01")
  await vouchOnly(chain, first, "0x02")
  const stranger: Hex = `0x${"02".padStart(64, "0")}`
  const withdraw = { abi: artifactOf("AnchorRegistry").abi, functionName: "withdraw", args: [stranger, START] }
  await chain.write(voucher, registry, withdraw)
  await first.anchor(a, START + 600, [{}, {}])
  await chain.client.mine({ blocks: 3 })
  const stop = async () => {
    await chain.stop()
    folder.remove()
  }
  return { chain, registry, folder: folder.path, first, other, devices: { a, b, c }, stop }
}

async function retire(chain: LocalChain, ledger: LedgerOnChain, device: LedgerDevice, runs: bigint): Promise<void> {
  const signature = device.sign(retirementMessage(ledger.target, device.id, runs))
  const call = { abi: artifactOf("AnchorRegistry").abi, functionName: "retire", args: [device.id, runs, signature] }
  await chain.write(ledger.operator, ledger.registry, call)
}

type LedgerDevice = Awaited<ReturnType<LedgerOnChain["enrol"]>>

async function vouchOnly(chain: LocalChain, { operator, voucher, registry }: LedgerOnChain, name: Hex): Promise<void> {
  const device = `0x${name.slice(2).padStart(64, "0")}`
  const args = [device, operator, `0x${"09".repeat(32)}`]
  await chain.write(voucher, registry, { abi: artifactOf("AnchorRegistry").abi, functionName: "vouch", args })
}
