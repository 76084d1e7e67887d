import { createDecipheriv, scryptSync } from "node:crypto"
import { readFileSync } from "node:fs"
import { DEPLOYMENTS, REGISTRY_ABI, REGISTRY_READS } from "@wattest/protocol"
import {
  type Address,
  bytesToHex,
  type Chain,
  concat,
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hex,
  type HttpTransport,
  hexToBytes,
  http,
  isAddress,
  isHex,
  keccak256,
  type PublicClient,
  parseAbi,
  size,
  slice,
  type WalletClient,
} from "viem"
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts"

/** What the caller gave is not usable: exit status 2. */
export class UsageError extends Error {
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

export const ABI = parseAbi([...REGISTRY_ABI, ...REGISTRY_READS])

type Keystore = {
  crypto: {
    cipher: string
    ciphertext: string
    cipherparams: { iv: string }
    kdf: string
    kdfparams: { n: number; r: number; p: number; dklen: number; salt: string }
    mac: string
  }
}

/** Private key of a Web3 Secret Storage file, version 3, with scrypt. Throws UsageError on a wrong password. */
export function openKeystore(text: string, password: string): Hex {
  const { crypto } = JSON.parse(text) as Keystore
  if (crypto.kdf !== "scrypt" || crypto.cipher !== "aes-128-ctr")
    throw new UsageError(`keystore uses ${crypto.kdf} and ${crypto.cipher}`, "make one with scrypt and aes-128-ctr")
  const { n, r, p, dklen, salt } = crypto.kdfparams
  const derived = scryptSync(password, Buffer.from(salt, "hex"), dklen, { N: n, r, p, maxmem: 256 * n * r })
  const mac = keccak256(concat([bytesToHex(derived.subarray(16, 32)), `0x${crypto.ciphertext}`]))
  if (mac !== `0x${crypto.mac}`)
    throw new UsageError("the keystore's password is wrong", "set WATTEST_KEYSTORE_PASSWORD")
  const decipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), Buffer.from(crypto.cipherparams.iv, "hex"))
  return bytesToHex(Buffer.concat([decipher.update(Buffer.from(crypto.ciphertext, "hex")), decipher.final()]))
}

/** The account that sends, from WATTEST_KEY or WATTEST_KEYSTORE with WATTEST_KEYSTORE_PASSWORD. */
export function readAccount(environment: NodeJS.ProcessEnv) {
  const { WATTEST_KEY, WATTEST_KEYSTORE, WATTEST_KEYSTORE_PASSWORD = "" } = environment
  const key = WATTEST_KEYSTORE
    ? openKeystore(readFileSync(WATTEST_KEYSTORE, "utf8"), WATTEST_KEYSTORE_PASSWORD)
    : WATTEST_KEY
  if (!key || !isHex(key) || size(key) !== 32)
    throw new UsageError("no key to send with", "set WATTEST_KEYSTORE, or WATTEST_KEY to 0x and 64 hex digits")
  return privateKeyToAccount(key)
}

/** A registry and how to reach it. Throws what viem throws if the endpoint cannot be reached. */
export async function connect(
  environment: NodeJS.ProcessEnv,
  given: { rpc?: string; registry?: string },
): Promise<Target> {
  const url = given.rpc ?? environment.WATTEST_RPC_URL
  if (!url) throw new UsageError("no RPC endpoint", "give --rpc URL or set WATTEST_RPC_URL")
  const transport = http(url, { retryCount: 1 })
  const chainId = await createPublicClient({ transport }).getChainId()
  const address = given.registry ?? environment.WATTEST_REGISTRY ?? DEPLOYMENTS[chainId]?.registry
  if (!address || !isAddress(address, { strict: false }))
    throw new UsageError(`no registry known on chain ${chainId}`, "give --registry ADDRESS or set WATTEST_REGISTRY")
  const nativeCurrency = { name: "native", symbol: "native", decimals: 18 }
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency,
    rpcUrls: { default: { http: [url] } },
  })
  const client = createPublicClient({ chain, transport, pollingInterval: 500 })
  const wallet = () => createWalletClient({ chain, transport, account: readAccount(environment) })
  return { address: address as Address, chainId, client, wallet }
}

export type Target = {
  readonly address: Address
  readonly chainId: number
  readonly client: PublicClient<HttpTransport, Chain>
  /** Throws a UsageError if no key is given. */
  readonly wallet: () => WalletClient<HttpTransport, Chain, PrivateKeyAccount>
}

/** A value of exactly `length` bytes. */
export function parseBytes(name: string, value: unknown, length: number): Hex {
  if (typeof value !== "string" || !isHex(value) || size(value) !== length)
    throw new UsageError(`${name} is not 0x and ${2 * length} hex digits`, "see wattest-registry --help")
  return bytesToHex(hexToBytes(slice(value, 0)))
}

export function parseAddress(name: string, value: unknown): Address {
  return parseBytes(name, value, 20)
}

/** An unsigned 64-bit number, as decimal text or JSON number. */
export function parseUint64(name: string, value: unknown): bigint {
  if (!/^(0|[1-9]\d{0,19})$/.test(String(value)) || BigInt(String(value)) >= 2n ** 64n)
    throw new UsageError(`${name} is not a whole number below 2^64`, "see wattest-registry --help")
  return BigInt(String(value))
}
