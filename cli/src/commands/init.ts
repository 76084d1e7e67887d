import { existsSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { readKeystore } from "@wattest/chain"
import {
  type Context,
  createDurably,
  type Hex,
  jsonLine,
  type KeyReference,
  networkReason,
  type Outcome,
  PROFILE_FILE,
  parseAddress,
  rows,
  UsageError,
  url,
  ValueError,
} from "@wattest/command"
import { DEPLOYMENTS, ledgerIdOf } from "@wattest/protocol"
import { reach } from "@wattest/registry"
import { NEXT } from "../next.ts"
import { makeKey } from "./key.ts"

export type InitOptions = {
  readonly rpc: string | undefined
  readonly chain: number | undefined
  readonly registry: Hex | undefined
  readonly claims: Hex | undefined
  readonly key: KeyReference | undefined
  readonly operator: Hex | undefined
  readonly voucher: Hex | undefined
  readonly relayer: string
  readonly home: string
}

const NEW_KEY = "operator.json"

async function askedUrl({ terminal }: Context): Promise<string> {
  const typed = await terminal.ask("URL of a node of the chain: ")
  if (typed === null || typed === "") throw new UsageError("--rpc is missing", "give --rpc URL: a node of the chain")
  try {
    return url.parse(typed)
  } catch (error) {
    throw error instanceof ValueError ? new UsageError(`the URL ${error.message}`, error.hint) : error
  }
}

/** The chain that the node serves, which must be the one that was given; that one alone while the node is silent. */
async function chainOf(rpc: string, chain: number | undefined, context: Context): Promise<number> {
  try {
    return (await reach({ rpc, chain }, context)).chainId
  } catch (error) {
    if (chain === undefined || networkReason(error) === null) throw error
    return chain
  }
}

/** The account of a key, without opening it: a keystore names it for people. */
function addressIn(key: KeyReference): Hex | undefined {
  if (key.kind === "remote") return key.address
  try {
    const { address } = JSON.parse(readKeystore(key.file))
    return parseAddress(`0x${String(address).replace(/^0x/, "")}`)
  } catch (error) {
    if (error instanceof ValueError || error instanceof SyntaxError) return undefined
    throw error
  }
}

type Named = { readonly reference: string; readonly address: Hex | undefined }

/** The key that was given, the one that lies here, or a new one. */
async function keyOf(key: KeyReference | undefined, context: Context): Promise<Named> {
  const { folder } = context
  if (key === undefined) {
    const file = join(folder, NEW_KEY)
    if (existsSync(file)) return { reference: NEW_KEY, address: addressIn({ kind: "keystore", file }) }
    return { reference: NEW_KEY, address: await makeKey(file, context) }
  }
  if (key.kind === "remote") return { reference: `${key.url}#${key.address}`, address: key.address }
  return { reference: relative(folder, resolve(folder, key.file)), address: addressIn(key) }
}

/** Writes the profile of this folder once. */
export async function init(options: InitOptions, context: Context): Promise<Outcome> {
  const { folder, terminal, json } = context
  const file = join(folder, PROFILE_FILE)
  if (existsSync(file)) throw new UsageError(`${file} is there already`, "change it with an editor, or move it away")
  const rpc = options.rpc ?? (await askedUrl(context))
  const chain = await chainOf(rpc, options.chain, context)
  const key = await keyOf(options.key, context)
  const operator = options.operator ?? key.address
  if (operator === undefined)
    throw new UsageError("the keystore names no account", "give --operator ADDRESS, the account of your key")
  const { voucher = operator, claims, relayer, home } = options
  const registry = options.registry ?? DEPLOYMENTS[chain]?.registry
  const ledger = ledgerIdOf(operator, voucher)
  const profile = { chain, rpc, registry, claims, operator, voucher, ledger, relayer, home, key: key.reference }
  createDurably(file, `${JSON.stringify(profile, null, 2)}\n`)
  const fields = Object.entries({ profile: file, ...profile })
  terminal.print(
    json ? jsonLine({ file, ...profile }) : rows(fields.map(([name, value]) => [name, `${value ?? "none"}`])),
  )
  return { next: registry === undefined ? "deploy" : NEXT.enrol }
}
